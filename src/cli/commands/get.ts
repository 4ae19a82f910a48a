import type { Command } from 'commander';
import { openFile } from '../../local/file-source.ts';
import { isClosed, openTarget, openTargetWithin } from '../../local/path-kind.ts';
import { streamSink } from '../../local/stream-sink.ts';
import { compareSource } from '../../transfer/compare-source.ts';
import { download, type DownloadOptions } from '../../transfer/download.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ObjectLocation, Sink } from '../../transfer/ports.ts';
import type { TransferResult } from '../../transfer/result.ts';
import { againOf } from '../again.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addResumeFlags, addTransferFlags, type ResumeFlags, type TransferFlags } from '../flags.ts';
import { addIntegrityFlags, checkIntegrityFlags, type IntegrityFlags } from '../integrity-flags.ts';
import { openJournal, policyOf } from '../journal.ts';
import {
  findGetTarget,
  type GetItem,
  type GetTarget,
  listedItems,
  namedItems,
  prepareItem,
} from '../get-items.ts';
import { type GetWords, splitGet } from '../locations.ts';
import { collectOutcomes, eachItem, type Outcomes } from '../outcomes.ts';
import { type CommandEnd, withExamples } from '../shape.ts';

const DEFAULT_JOBS = 8;

export type GetFlags = TransferFlags & ResumeFlags & IntegrityFlags;

/** Declares `get`. */
export function declareGet(program: Command): Command {
  const command = program
    .command('get')
    .usage('[options] <s3://...> [more...] [path | -]')
    .summary('fetch objects or prefixes')
    .description(
      'Fetches objects in parallel ranges, verifies them, and only then lets them take their name. - is stdout.',
    )
    .argument('<locations...>', 's3://bucket/key …, then a file, a directory or - (default: .)');
  addIntegrityFlags(addResumeFlags(addTransferFlags(command))).option(
    '--no-verify',
    'compare nothing but the size with what the server says of the object',
  );
  return withExamples(command, [
    ['partwise get s3://bucket/backup.tar', 'fetches into the current directory'],
    ['partwise get s3://bucket/dir.tar - | tar x', 'streams in order, fetched in parallel'],
    ['partwise get -r s3://bucket/www/ site/', 'fetches everything under the prefix'],
  ]);
}

/** Runs `get`. */
export async function get(words: readonly string[], flags: GetFlags, context: Context): Promise<CommandEnd> {
  const split = splitGet(words, context.defaultBucket);
  checkIntegrityFlags(flags);
  return split.target.type === 'stdio'
    ? await getToStdout(split, flags, context)
    : await getToDisk(split, flags, context);
}

async function getToStdout(split: GetWords, flags: GetFlags, context: Context): Promise<CommandEnd> {
  const { console, process, signal } = context;
  if (flags.recursive)
    throw new TransferError('usage', 'a prefix cannot be written to stdout', {
      hint: 'Fetch it into a directory, or name the objects one by one.',
    });
  if (flags.verifyOnly)
    throw new TransferError('usage', '--verify-only compares with a file; stdout is none');
  if (await isClosed(1)) throw new TransferError('usage', 'stdout is closed');
  console.stdoutIsData();
  console.needsReader();
  const engine = await context.connect({ bucket: split.sources[0]?.bucket, ...flags });
  const outcomes = collectOutcomes(console, againOf(context, []));
  for (const { bucket, key } of split.sources) {
    const item = { operation: 'get', source: engine.store.describe({ bucket, key }), target: '-' } as const;
    try {
      await outcomes.done(
        await download(engine, { bucket, key }, streamSink(process.stdout, '-'), {
          ...transferOptions(flags),
          signal,
        }),
      );
    } catch (error) {
      // A reader that has seen enough is no failure of the transfer, and needs no words.
      if (isReaderGone(error, signal)) return { ...outcomes.end(), exitCode: ExitCode.readerGone, error };
      await outcomes.failed(item, error);
      break;
    }
  }
  return outcomes.end();
}

function isReaderGone(error: unknown, signal: AbortSignal): boolean {
  const reasons: unknown[] = [error, signal.aborted ? signal.reason : undefined];
  return reasons.some((reason) => reason instanceof TransferError && reason.code === 'EPIPE');
}

async function getToDisk(split: GetWords, flags: GetFlags, context: Context): Promise<CommandEnd> {
  const { signal } = context;
  const recursive = flags.recursive ?? false;
  const { verifyOnly = false } = flags;
  const target = await findGetTarget(split, { recursive, mayMake: !verifyOnly });
  const journal = verifyOnly ? undefined : await openJournal(flags, context);
  const engine = await context.connect({
    bucket: split.sources[0]?.bucket,
    journal,
    remembers: true,
    ...flags,
  });
  const paths = split.target.type === 'file' ? [context.argv.lastIndexOf(split.target.path)] : [];
  const outcomes = collectOutcomes(context.console, againOf(context, paths));
  const items = recursive ? listedItems(engine, split, target, signal) : namedItems(split, target);
  const sources = split.sources.map((source) => engine.store.describe(source));
  const all = { operation: 'get', source: sources.join(' '), target: target.path } as const;
  await eachItem(items, { jobs: flags.jobs ?? DEFAULT_JOBS, signal, outcomes, all }, (item) =>
    getItem(engine, item, target, outcomes, flags, signal),
  );
  return outcomes.end();
}

async function getItem(
  engine: Engine,
  item: GetItem,
  target: GetTarget,
  outcomes: Outcomes,
  flags: GetFlags,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, key } = item;
  const source = engine.store.describe({ bucket, key });
  const report = {
    operation: 'get',
    source,
    target: item.type === 'refused' ? target.path : item.path,
  } as const;
  try {
    if (item.type === 'refused') throw new TransferError('disk', `${source} was refused: ${item.reason}`);
    if (flags.verifyOnly) {
      // A directory has no bytes to compare.
      if (item.type === 'object')
        await outcomes.done(await compareFile(engine, item.path, { bucket, key }, signal));
      return;
    }
    const path = target.type === 'directory' ? await prepareItem(item, target.path) : item.path;
    if (item.type === 'directory') return;
    const open = target.type === 'directory' ? openTargetWithin : openTarget;
    const result = await download(engine, { bucket, key }, named(await open(path), item.path), {
      ...transferOptions(flags),
      resume: policyOf(flags) !== 'never',
      signal,
    });
    await outcomes.done(result);
  } catch (error) {
    await outcomes.failed(report, error);
  }
}

async function compareFile(
  engine: Engine,
  path: string,
  object: ObjectLocation,
  signal: AbortSignal,
): Promise<TransferResult> {
  const source = await openFile(path);
  try {
    return await compareSource(engine, source, object, { direction: 'get', signal });
  } finally {
    await source.close();
  }
}

/** The flags that a download of any kind takes as they are. */
function transferOptions({ partSize, verify, requireChecksum }: GetFlags): DownloadOptions {
  return { partSize, verify, requireChecksum };
}

/** The sink under the name the user knows, not the resolved one. */
function named(sink: Sink, name: string): Sink {
  return { ...sink, name };
}
