import type { Command } from 'commander';
import { ownedUploads } from '../../local/file-journal.ts';
import { formatBytes, formatCount } from '../../report/units.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import { listUploads } from '../../transfer/list.ts';
import type { UnfinishedUpload } from '../../transfer/ports.ts';
import {
  checkClocks,
  haveOwnTimes,
  inspectUpload,
  type InspectedUpload,
  judge,
} from '../../transfer/unfinished.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addStateFlags, type StateFlags } from '../flags.ts';
import { liesUnder, parseObject } from '../locations.ts';
import { type CommandEnd, withExamples } from '../shape.ts';
import { collectUploads, type UploadOutcomes } from '../upload-outcomes.ts';
import { ofFlag, parseDuration } from '../values.ts';

export type CleanupFlags = StateFlags & {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly force?: boolean;
};

const HOUR_MS = 3_600_000;
const SKEW_WORTH_SAYING_MS = 5 * 60_000;

/** Declares `cleanup`. */
export function declareCleanup(program: Command): Command {
  const command = program
    .command('cleanup')
    .usage('[options] s3://bucket[/prefix/] --older-than 7d')
    .summary('abort stale uploads (for cron)')
    .description(
      'Aborts unfinished uploads in which nothing happened for long: by the newest of their beginning and their parts, by the server’s clock and this machine’s, whichever makes them younger.',
    )
    .argument('<location...>', 's3://bucket or s3://bucket/prefix/')
    .requiredOption(
      '--older-than <duration>',
      'last activity longer ago than this: 30m, 24h, 7d, 2w',
      ofFlag('--older-than', parseDuration),
    )
    .option('-n, --dry-run', 'show what would be aborted, change nothing')
    .option('--check', 'abort nothing; exit 10 when there are stale uploads (for monitoring)')
    .option('--force', 'allow ages under one hour');
  return withExamples(addStateFlags(command), [
    ['partwise cleanup s3://bucket --older-than 7d -n', 'look first'],
    ['partwise cleanup s3://bucket/tmp/ --older-than 24h', 'only under a prefix'],
    ['partwise cleanup s3://bucket --older-than 7d --check', 'alert when something is left over'],
  ]);
}

/** Runs `cleanup`. */
export async function cleanup(
  words: readonly string[],
  flags: CleanupFlags,
  context: Context,
): Promise<CommandEnd> {
  const { console, signal } = context;
  const { olderThan = 0 } = flags;
  if (words.length > 1) throw new TransferError('usage', 'cleanup takes one location');
  const { bucket, key: prefix } = parseObject(words[0] ?? '', undefined);
  if (olderThan < HOUR_MS && !flags.force) {
    throw new TransferError('usage', 'ages under one hour may hit uploads that are running', {
      hint: 'If it is meant, add --force.',
    });
  }
  const engine = await context.connect({ bucket });
  const outcomes = collectUploads(console);
  const tally = { seen: 0, young: 0, active: 0, stale: 0 };
  const dryRun = flags.dryRun === true || flags.check === true;

  const listed = await listUnder(engine, bucket, prefix, signal);
  if (listed.length > 0) checkTimes(listed, context);
  const trustTimes = haveOwnTimes(listed);
  for (const upload of listed) {
    if (signal.aborted) break;
    tally.seen++;
    await handle(engine, trustTimes ? upload : { ...upload, initiated: undefined }, {
      olderThan,
      dryRun,
      tally,
      outcomes,
      owned: () => ownedUploads(context.stateDirectory(flags)),
      signal,
    });
  }
  await summarise(outcomes, tally, dryRun, context);
  const failed = outcomes.exitCode();
  const exitCode = failed === ExitCode.ok && flags.check && tally.stale > 0 ? ExitCode.stale : failed;
  return { exitCode, totals: { ...tally, ...outcomes.totals() } };
}

/** The uploads of the prefix, in memory: their times are judged together. */
async function listUnder(
  engine: Engine,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  const listed: UnfinishedUpload[] = [];
  for await (const upload of listUploads(engine, bucket, prefix, { signal })) {
    // Looked at again here: no server's idea of a prefix decides what is destroyed.
    if (liesUnder(upload.key, prefix)) listed.push(upload);
  }
  return listed;
}

function checkTimes(listed: readonly UnfinishedUpload[], { console }: Context): void {
  for (const { listedAt } of listed) {
    const { skewMs } = checkClocks(listedAt, Date.now());
    if (Math.abs(skewMs) <= SKEW_WORTH_SAYING_MS) continue;
    console.warn(
      `this machine's clock and the server's are ${Math.round(Math.abs(skewMs) / 60_000)} minutes apart; an upload is as old as the younger of both says`,
    );
    return;
  }
}

type Handling = {
  readonly olderThan: number;
  readonly dryRun: boolean;
  readonly tally: { young: number; active: number; stale: number };
  readonly outcomes: UploadOutcomes;
  /** Uploads a running put of this machine works on. */
  readonly owned: () => Promise<ReadonlySet<string>>;
  readonly signal: AbortSignal;
};

async function handle(engine: Engine, upload: UnfinishedUpload, handling: Handling): Promise<void> {
  const { olderThan, tally, outcomes, owned } = handling;
  // Begun lately: no part of it can be older, so its parts need not be asked for.
  const begun: InspectedUpload = { ...upload, parts: null, bytes: null, lastActivity: upload.initiated };
  // Asked anew for every upload: a put may take one up while this goes on.
  if ((await owned()).has(upload.uploadId)) {
    tally.active++;
    await outcomes.record(begun, 'kept', 'a put is running on this machine');
    return;
  }
  if (judge(begun, olderThan, Date.now()).verdict === 'young') {
    tally.young++;
    return;
  }
  const inspected = await inspectUpload(engine, upload, handling.signal);
  if (!inspected) {
    await outcomes.record(begun, 'gone', 'it ended meanwhile');
    return;
  }
  const { verdict } = judge(inspected, olderThan, Date.now());
  switch (verdict) {
    case 'stale':
      tally.stale++;
      await outcomes.discard(engine, inspected, handling);
      return;
    case 'young':
      tally.active++;
      await outcomes.record(inspected, 'kept', 'parts arrived lately');
      return;
    case 'unknown':
      // versitygw answers oddly of an upload that is being aborted by somebody else; a moment later it is gone.
      if (!(await inspectUpload(engine, upload, handling.signal))) {
        await outcomes.record(begun, 'gone', 'it ended meanwhile');
        return;
      }
      await outcomes.fail(
        inspected,
        new TransferError(
          'server',
          `upload ${upload.uploadId} of s3://${upload.bucket}/${upload.key} was kept: activity unknown`,
        ),
      );
  }
}

async function summarise(
  outcomes: UploadOutcomes,
  tally: { seen: number; young: number; active: number },
  dryRun: boolean,
  { console }: Context,
): Promise<void> {
  const { parts, bytes } = outcomes.freed();
  const action = dryRun
    ? `would abort ${outcomes.count('would-abort')}`
    : `aborted ${outcomes.count('aborted')}`;
  const words = [
    `seen ${tally.seen}`,
    `young ${tally.young}`,
    `active ${tally.active}`,
    action,
    `already gone ${outcomes.count('gone')}`,
    `failed ${outcomes.count('failed')}`,
    `${dryRun ? 'would free' : 'freed'} ${formatCount(parts)} ${parts === 1 ? 'part' : 'parts'}, ${formatBytes(bytes)}`,
  ];
  await console.summary(words.join('  '));
  if (dryRun) console.note('dry run: nothing was changed');
}
