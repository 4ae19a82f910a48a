import { readCustomerKey } from '../../local/customer-key.ts';
import { createTakenPaths, EXACT_NAMES, findNameRules } from '../../local/name-rules.ts';
import { isClosed } from '../../local/path-kind.ts';
import { streamSink } from '../../local/stream-sink.ts';
import { openTree } from '../../local/tree.ts';
import { download } from '../../transfer/download.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { Journal } from '../../transfer/journal.ts';
import { withRetries } from '../../transfer/retry.ts';
import { againOf } from '../again.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { filterOf } from '../filter.ts';
import { checkGetFlags, downloadOptions, type GetFlags } from '../get-flags.ts';
import {
  findGetTarget,
  type GetTarget,
  listedItems,
  namedItems,
  refuseSamePaths,
  type TargetTree,
} from '../get-items.ts';
import { getOne, isLeftAlone } from '../get-one.ts';
import { optimiseLater } from '../optimise-later.ts';
import { openJournal } from '../journal.ts';
import { type GetWords, splitGet } from '../locations.ts';
import { collectOutcomes, eachItem } from '../outcomes.ts';
import { type CommandEnd } from '../shape.ts';

const DEFAULT_JOBS = 8;

/** Runs `get`. */
export async function get(words: readonly string[], flags: GetFlags, context: Context): Promise<CommandEnd> {
  optimiseLater(context.process);
  const split = splitGet(words, context.defaultBucket);
  checkGetFlags(flags, split.sources.length);
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
  for (const [name, isGiven] of [
    ['--update', flags.update],
    ['--compare', flags.compare],
    ['--no-overwrite', flags.overwrite === false],
    ['--preserve', flags.preserve],
  ] as const) {
    if (isGiven) throw new TransferError('usage', `${name} is about files; stdout is none`);
  }
  if (await isClosed(1)) throw new TransferError('usage', 'stdout is closed');
  console.stdoutIsData();
  console.needsReader();
  const engine = await connect(split, flags, context, undefined);
  const outcomes = collectOutcomes(console, againOf(context, []));
  for (const location of split.sources) {
    const { bucket, key } = location;
    const object = { bucket, key, versionId: flags.versionId };
    const item = { operation: 'get', source: engine.store.describe({ bucket, key }), target: '-' } as const;
    try {
      if (flags.dryRun) {
        const info = await withRetries(engine.run, { signal }, () => engine.store.stat(object, { signal }));
        await outcomes.would(item, info.size);
        continue;
      }
      const sink = streamSink(process.stdout, '-');
      await outcomes.done(await download(engine, object, sink, { ...downloadOptions(flags), signal }));
    } catch (error) {
      // A reader that has seen enough is no failure of the transfer, and needs no words.
      if (isReaderGone(error, signal)) return { ...outcomes.end(), exitCode: ExitCode.readerGone, error };
      if (isLeftAlone(error, false)) {
        await outcomes.skipped(item, error.message);
        continue;
      }
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
  const { recursive = false, verifyOnly = false, dryRun = false } = flags;
  const missing = verifyOnly ? 'refuse' : dryRun ? 'leave' : 'make';
  const target = await findGetTarget(split, { recursive, missing });
  const writesBelow = target.type === 'directory' && !verifyOnly && !dryRun;
  const tree = writesBelow ? await openTree(target.path, context.disk) : undefined;
  try {
    const rules = tree ? await findNameRules(tree, context.disk) : EXACT_NAMES;
    if (!recursive && target.type === 'directory') refuseSamePaths(split, rules);
    return await getInto(split, target, tree && { tree, rules }, flags, context);
  } finally {
    await tree?.close();
  }
}

async function getInto(
  split: GetWords,
  target: GetTarget,
  below: TargetTree | undefined,
  flags: GetFlags,
  context: Context,
): Promise<CommandEnd> {
  const { console, signal } = context;
  const { recursive = false, verifyOnly = false, dryRun = false } = flags;
  const journal = verifyOnly || dryRun ? undefined : await openJournal(flags, context);
  const engine = await connect(split, flags, context, journal);
  const paths = split.target.type === 'file' ? [context.argv.lastIndexOf(split.target.path)] : [];
  const outcomes = collectOutcomes(console, againOf(context, paths));
  // One listing names every key once.
  const taken = createTakenPaths(below?.rules ?? EXACT_NAMES, split.sources.length === 1);
  const items = recursive
    ? listedItems(engine, split, target, { isMeant: await filterOf(flags), taken, signal })
    : namedItems(split, target);
  const sources = split.sources.map((source) => engine.store.describe(source));
  const all = { operation: 'get', source: sources.join(' '), target: target.path } as const;
  const areSeveral = recursive || sources.length > 1;
  const one = { engine, target, below, flags, context, outcomes, areSeveral };
  await eachItem(items, { jobs: flags.jobs ?? DEFAULT_JOBS, signal, outcomes, all }, (item) =>
    getOne(one, item),
  );
  if (dryRun) console.note('dry run: nothing was changed');
  return outcomes.end();
}

async function connect(
  { sources }: GetWords,
  flags: GetFlags,
  context: Context,
  journal: Journal | undefined,
): Promise<Engine> {
  const customerKey = flags.sseCKey === undefined ? undefined : await readCustomerKey(flags.sseCKey);
  return await context.connect({
    bucket: sources[0]?.bucket,
    journal,
    customerKey,
    remembers: true,
    ...flags,
  });
}
