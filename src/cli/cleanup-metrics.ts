import { readIfThere, replaceFile } from '../local/replace-file.ts';
import { encodeMetrics, lastSuccessIn } from '../report/metrics.ts';
import type { Sweep } from './sweep.ts';

/**
 * Writes what a run of cleanup did for a monitor; the time of the last success moves only with one.
 * @throws TransferError `disk`
 */
export async function writeMetrics(
  path: string,
  sweep: Pick<Sweep, 'tally' | 'outcomes' | 'dryRun'> | undefined,
  { startedAt, succeeded }: { readonly startedAt: number; readonly succeeded: boolean },
): Promise<void> {
  const now = Date.now();
  const isSuccess = succeeded && sweep?.dryRun === false;
  const count = (action: 'aborted' | 'would-abort' | 'gone' | 'failed'): number =>
    sweep?.outcomes.count(action) ?? 0;
  const text = encodeMetrics({
    uploads: {
      young: sweep?.tally.young ?? 0,
      active: sweep?.tally.active ?? 0,
      aborted: count('aborted'),
      would_abort: count('would-abort'),
      gone: count('gone'),
      failed: count('failed'),
    },
    // A dry run frees nothing.
    freedBytes: sweep?.dryRun === false ? sweep.outcomes.freed().bytes : 0,
    durationSeconds: (now - startedAt) / 1000,
    lastSuccess: isSuccess ? Math.floor(now / 1000) : lastSuccessIn(await readIfThere(path)),
  });
  await replaceFile(path, text);
}
