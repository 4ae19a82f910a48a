import { readCustomerKey } from '../../local/customer-key.ts';
import { readPaths } from '../../local/path-list.ts';
import { isClosed } from '../../local/path-kind.ts';
import { openTree, type Tree } from '../../local/tree.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { FindUploads } from '../../transfer/start.ts';
import { listUploads } from '../../transfer/list.ts';
import type { UnfinishedUpload } from '../../transfer/ports.ts';
import { againOf, positionsOf } from '../again.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { filterOf } from '../filter.ts';
import { checkIntegrityFlags } from '../integrity-flags.ts';
import { openJournal } from '../journal.ts';
import { type PutWords, splitPut } from '../locations.ts';
import { checkObjectFlags } from '../object-flags.ts';
import { optimiseLater } from '../optimise-later.ts';
import { collectOutcomes, eachItem } from '../outcomes.ts';
import { findPutItems, type PutItem } from '../put-items.ts';
import { listedFiles, listPlace } from '../put-list.ts';
import { putOne } from '../put-one.ts';
import { type CommandEnd } from '../shape.ts';
import type { PutFlags } from '../commands/put.ts';

const DEFAULT_JOBS = 8;

/** Runs `put`. */
export async function put(words: readonly string[], flags: PutFlags, context: Context): Promise<CommandEnd> {
  const { defaultBucket, process } = context;
  optimiseLater(process);
  const split = splitPut(words, defaultBucket, flags.filesFrom !== undefined);
  checkFlags(flags, split);
  const trees: Tree[] = [];
  try {
    return await putItems(split, await findItems(split, flags, context, trees), words, flags, context);
  } finally {
    await Promise.all(trees.map((tree) => tree.close()));
  }
}

async function putItems(
  split: PutWords,
  items: Awaited<ReturnType<typeof findPutItems>>,
  words: readonly string[],
  flags: PutFlags,
  context: Context,
): Promise<CommandEnd> {
  const { console, signal, defaultBucket } = context;
  if (split.sources.some(({ type }) => type === 'stdio')) await checkStdin(context);

  const customerKey = flags.sseCKey === undefined ? undefined : await readCustomerKey(flags.sseCKey);
  const engine = await context.connect({
    bucket: split.target.bucket,
    journal: flags.verifyOnly || flags.dryRun ? undefined : await openJournal(flags, context),
    checksum: flags.checksumAlgorithm,
    customerKey,
    remembers: true,
    ...flags,
  });
  const outcomes = collectOutcomes(console, againOf(context, positionsOf(context.argv, pathsOf(split))));
  const findUploads = flags.recursive ? findOncePerPrefix(engine, split.target) : undefined;
  const one = { engine, flags, context, outcomes, findUploads };
  const areSeveral = flags.recursive || flags.filesFrom !== undefined || split.sources.length > 1;
  let seen = 0;
  const all = {
    operation: 'put',
    source: words.join(' '),
    target: engine.store.describe(split.target),
  } as const;
  await eachItem(items, { jobs: flags.jobs ?? DEFAULT_JOBS, signal, outcomes, all }, async (item) => {
    seen++;
    const target = { bucket: split.target.bucket, key: item.key };
    const report = { ...all, source: sourceName(item), target: engine.store.describe(target) };
    if (split.assumed)
      console.note(`${report.source} → ${report.target} (bucket from ${defaultBucket?.from})`);
    try {
      await putOne(one, item, target, report);
    } catch (error) {
      // Among several, one that is there already is no failure of the whole.
      if (areSeveral && error instanceof TransferError && error.kind === 'precondition')
        await outcomes.skipped(report, error.message);
      else await outcomes.failed(report, error);
    }
  });
  const end = outcomes.end();
  const nothing = `${flags.filesFrom ?? words[0]} holds no files that are meant; nothing to do`;
  if (seen === 0 && end.exitCode === ExitCode.ok && !signal.aborted) console.note(nothing);
  if (flags.dryRun) console.note('dry run: nothing was changed');
  return end;
}

/** The things to store, by words or by a list; what is wrong with the words is found before the first request. */
async function findItems(
  split: PutWords,
  flags: PutFlags,
  { process, signal, disk }: Context,
  trees: Tree[],
): ReturnType<typeof findPutItems> {
  const isMeant = await filterOf(flags);
  const { filesFrom } = flags;
  if (filesFrom === undefined) {
    const { recursive = false, followSymlinks = false } = flags;
    const open = async (root: string): Promise<Tree> => {
      const tree = await openTree(root, disk);
      trees.push(tree);
      return tree;
    };
    return await findPutItems(split, { recursive, followSymlinks, openTree: open, isMeant, signal });
  }
  const list = readPaths(filesFrom === '-' ? process.stdin : filesFrom, {
    separator: flags.null ? '\0' : '\n',
    signal,
  });
  return await listedFiles(list, listPlace(pathsOf(split), split.target.key), isMeant);
}

function sourceName(item: PutItem): string {
  return item.type === 'stdin' ? '-' : item.path;
}

function pathsOf({ sources }: PutWords): string[] {
  return sources.flatMap((source) => (source.type === 'file' ? [source.path] : []));
}

function refuse(sentence: string): TransferError {
  return new TransferError('usage', sentence);
}

/** @throws TransferError `usage` for flags that contradict each other or the words */
function checkFlags(flags: PutFlags, { sources }: PutWords): void {
  const { uploadId, recursive, filesFrom, expectedSize } = flags;
  const [first, ...others] = sources;
  if (
    uploadId !== undefined &&
    (recursive || filesFrom !== undefined || others.length > 0 || first?.type !== 'file')
  )
    throw refuse('--upload-id is for one file');
  const usesStdin = sources.some(({ type }) => type === 'stdio');
  if (usesStdin && flags.verifyOnly) throw refuse('--verify-only needs a file, not stdin');
  if (expectedSize !== undefined && !usesStdin) throw refuse('--expected-size is for stdin (-)');
  if (filesFrom === undefined && flags.null) throw refuse('-0 says how the list of --files-from is written');
  if (filesFrom !== undefined && usesStdin) throw refuse('stdin cannot be stored beside a list of files');
  checkIntegrityFlags(flags);
  checkObjectFlags(flags);
}

/** Asks the server once for all files of a recursive put, and only when the first large one comes. */
function findOncePerPrefix(engine: Engine, { bucket, key }: PutWords['target']): FindUploads {
  let listing: Promise<UnfinishedUpload[]> | undefined;
  return async (wanted, signal) => {
    listing ??= (async () => {
      const found: UnfinishedUpload[] = [];
      for await (const upload of listUploads(engine, bucket, key, { signal })) found.push(upload);
      return found;
    })();
    return (await listing).filter((upload) => upload.key === wanted);
  };
}

/** @throws TransferError `usage` where nobody can have meant to store stdin */
async function checkStdin({ process }: Context): Promise<void> {
  if (process.stdin.isTTY)
    throw new TransferError('usage', 'stdin is a terminal', {
      hint: 'Pipe something in: tar c dir | partwise put - s3://bucket/dir.tar',
    });
  if (await isClosed(0)) throw new TransferError('usage', 'stdin is closed');
}
