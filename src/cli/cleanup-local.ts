import { findLeftovers, type Leftover, removeLeftover } from '../local/leftovers.ts';
import { describeLeftover, encodeLeftover, type LeftoverAction } from '../report/leftovers.ts';
import { formatBytes } from '../report/units.ts';
import type { CleanupFlags } from './cleanup-mode.ts';
import type { Context } from './context.ts';
import { exitCodeOf, exitCodeOfItems } from './exit-codes.ts';
import type { CommandEnd } from './shape.ts';

/** Whoever has not come back after so long will not. */
const KEPT_MS = 30 * 86_400_000;

/** Removes what transfers that are over left on this machine; asks no server. */
export async function cleanupLocal(
  directories: readonly string[],
  flags: CleanupFlags,
  context: Context,
): Promise<CommandEnd> {
  const { console, signal } = context;
  const dryRun = flags.dryRun === true;
  const counts = { seen: 0, young: 0, removed: 0, kept: 0, bytesFreed: 0 };
  const failures: unknown[] = [];
  const tell = async (leftover: Leftover, action: LeftoverAction): Promise<void> => {
    await console.item(
      console.isJson ? encodeLeftover(leftover, action) : describeLeftover(leftover, action),
    );
  };
  const remove = async (leftover: Leftover): Promise<void> => {
    try {
      if (!dryRun && !(await removeLeftover(leftover))) {
        counts.kept++;
        await tell(leftover, 'kept');
        return;
      }
      counts.removed++;
      counts.bytesFreed += leftover.bytes;
      await tell(leftover, dryRun ? 'would-remove' : 'removed');
    } catch (error) {
      failures.push(error);
      console.error(error);
      await tell(leftover, 'failed');
    }
  };
  for await (const leftover of findLeftovers(context.stateDirectory(flags), directories)) {
    if (signal.aborted) break;
    counts.seen++;
    if (Date.now() - leftover.lastActivity.getTime() <= KEPT_MS) counts.young++;
    else await remove(leftover);
  }
  const { removed, bytesFreed } = counts;
  await console.summary(
    `seen ${counts.seen}  young ${counts.young}  ${dryRun ? 'would remove' : 'removed'} ${removed}  in use ${counts.kept}  failed ${failures.length}  ${dryRun ? 'would free' : 'freed'} ${formatBytes(bytesFreed)}`,
  );
  if (dryRun) console.note('dry run: nothing was changed');
  const exitCode = exitCodeOfItems(removed, failures.map(exitCodeOf));
  return { exitCode, error: failures[0], totals: { ...counts, failed: failures.length } };
}
