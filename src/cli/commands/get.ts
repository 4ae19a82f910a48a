import type { Command } from 'commander';
import { isClosed, openTarget, openTargetWithin } from '../../local/path-kind.ts';
import { streamSink } from '../../local/stream-sink.ts';
import { download } from '../../transfer/download.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { Sink } from '../../transfer/ports.ts';
import { againOf } from '../again.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addResumeFlags, addTransferFlags, type ResumeFlags, type TransferFlags } from '../flags.ts';
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

export type GetFlags = TransferFlags & ResumeFlags;

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
  addResumeFlags(addTransferFlags(command));
  return withExamples(command, [
    ['partwise get s3://bucket/backup.tar', 'fetches into the current directory'],
    ['partwise get s3://bucket/dir.tar - | tar x', 'streams in order, fetched in parallel'],
    ['partwise get -r s3://bucket/www/ site/', 'fetches everything under the prefix'],
  ]);
}

/** Runs `get`. */
export async function get(words: readonly string[], flags: GetFlags, context: Context): Promise<CommandEnd> {
  const split = splitGet(words, context.defaultBucket);
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
          partSize: flags.partSize,
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
  const target = await findGetTarget(split, recursive);
  const journal = await openJournal(flags, context);
  const engine = await context.connect({ bucket: split.sources[0]?.bucket, journal, ...flags });
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
    const path = target.type === 'directory' ? await prepareItem(item, target.path) : item.path;
    if (item.type === 'directory') return;
    const open = target.type === 'directory' ? openTargetWithin : openTarget;
    const result = await download(engine, { bucket, key }, named(await open(path), item.path), {
      partSize: flags.partSize,
      resume: policyOf(flags) !== 'never',
      signal,
    });
    await outcomes.done(result);
  } catch (error) {
    await outcomes.failed(report, error);
  }
}

/** The sink under the name the user knows, not the resolved one. */
function named(sink: Sink, name: string): Sink {
  return { ...sink, name };
}
