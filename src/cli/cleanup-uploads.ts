import { ownedUploads } from '../local/file-journal.ts';
import type { Engine } from '../transfer/engine.ts';
import { TransferError } from '../transfer/errors.ts';
import { listBuckets } from '../transfer/list.ts';
import { writeMetrics } from './cleanup-metrics.ts';
import type { CleanupFlags } from './cleanup-mode.ts';
import type { Context } from './context.ts';
import { exitCodeOf, ExitCode } from './exit-codes.ts';
import type { Location } from './locations.ts';
import type { CommandEnd } from './shape.ts';
import { describeSweep, type Sweep, sweepBucket } from './sweep.ts';
import { collectUploads } from './upload-outcomes.ts';

/** Aborts what is stale: under a location, or in every bucket. */
export async function cleanupUploads(
  location: Extract<Location, { type: 'object' }> | undefined,
  flags: CleanupFlags,
  context: Context,
): Promise<CommandEnd> {
  const { metricsFile } = flags;
  if (metricsFile === undefined) return await sweepAll(location, flags, context, () => undefined);
  const startedAt = Date.now();
  let sweep: Sweep | undefined;
  let succeeded = false;
  try {
    const end = await sweepAll(location, flags, context, (begun) => (sweep = begun));
    succeeded = end.exitCode === ExitCode.ok && !context.signal.aborted;
    return end;
  } finally {
    // A run that failed is what a monitor wants to know of most.
    await writeMetrics(metricsFile, sweep, { startedAt, succeeded });
  }
}

async function sweepAll(
  location: Extract<Location, { type: 'object' }> | undefined,
  flags: CleanupFlags,
  context: Context,
  onBegun: (sweep: Sweep) => void,
): Promise<CommandEnd> {
  const { console, signal } = context;
  const engine = await context.connect({ bucket: location?.bucket });
  const warnings: string[] = [];
  const sweep: Sweep = {
    engine,
    console,
    olderThan: flags.olderThan ?? 0,
    dryRun: flags.dryRun === true || flags.check === true,
    byStart: flags.byStart === true,
    owned: () => ownedUploads(context.stateDirectory(flags)),
    outcomes: collectUploads(console),
    tally: { seen: 0, young: 0, active: 0, stale: 0 },
    onDoubt(sentence) {
      warnings.push(sentence);
      console.note(`warning: ${sentence}`);
    },
    signal,
  };
  onBegun(sweep);
  const failures: unknown[] = [];
  let buckets = 0;
  for await (const { bucket, key } of location ? [location] : bucketsOf(engine, signal)) {
    if (signal.aborted) break;
    const failure = await sweepBucket(sweep, bucket, key).catch((error: unknown) => {
      // Of one bucket among many the others are not to suffer.
      if (location || !(error instanceof TransferError) || error.kind === 'interrupted') throw error;
      return error;
    });
    if (failure === undefined) buckets++;
    else failures.push(failure);
    if (failure instanceof TransferError) {
      warnings.push(failure.message);
      console.error(failure);
    }
  }
  await console.summary(describeSweep(sweep));
  if (sweep.dryRun) console.note('dry run: nothing was changed');
  return endOf(sweep, { buckets: location ? 0 : buckets, failures, warnings, check: flags.check === true });
}

async function* bucketsOf(
  engine: Engine,
  signal: AbortSignal,
): AsyncGenerator<{ bucket: string; key: string }> {
  for await (const { name } of listBuckets(engine, { signal })) yield { bucket: name, key: '' };
}

function endOf(
  { tally, outcomes }: Sweep,
  run: {
    readonly buckets: number;
    readonly failures: readonly unknown[];
    readonly warnings: readonly string[];
    readonly check: boolean;
  },
): CommandEnd {
  const { buckets, failures, warnings } = run;
  // What was listed before a listing broke off is done: that is part of the whole.
  const good = failures.length > 0 ? buckets + tally.seen : buckets;
  const failed = outcomes.exitCode(good, failures.map(exitCodeOf));
  const exitCode = failed === ExitCode.ok && run.check && tally.stale > 0 ? ExitCode.stale : failed;
  const warning = warnings.length > 0 ? warnings.join('; ') : null;
  return { exitCode, error: failures[0], totals: { ...tally, ...outcomes.totals(), warning } };
}
