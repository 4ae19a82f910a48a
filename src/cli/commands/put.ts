import type { Command } from 'commander';
import { contentTypeOf } from '../../local/content-type.ts';
import { openFifo, openFile } from '../../local/file-source.ts';
import { streamSource } from '../../local/memory.ts';
import { isClosed } from '../../local/path-kind.ts';
import { compareSource } from '../../transfer/compare-source.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { FindUploads } from '../../transfer/find-start.ts';
import { listUploads } from '../../transfer/list.ts';
import type { UnfinishedUpload } from '../../transfer/ports.ts';
import type { TransferResult } from '../../transfer/result.ts';
import { upload } from '../../transfer/upload.ts';
import { uploadStream } from '../../transfer/upload-stream.ts';
import { againOf, positionsOf } from '../again.ts';
import type { Context } from '../context.ts';
import { addResumeFlags, addTransferFlags, type ResumeFlags, type TransferFlags } from '../flags.ts';
import {
  addChecksumFlag,
  addIntegrityFlags,
  type ChecksumName,
  type IntegrityFlags,
} from '../integrity-flags.ts';
import { openJournal, policyOf } from '../journal.ts';
import { type PutWords, splitPut } from '../locations.ts';
import { collectOutcomes, eachItem, type Item, type Outcomes } from '../outcomes.ts';
import { findPutItems, type PutItem } from '../put-items.ts';
import { type CommandEnd, withExamples } from '../shape.ts';
import { ofFlag, parseCount, parseSize } from '../values.ts';

export type PutFlags = TransferFlags &
  ResumeFlags &
  IntegrityFlags & {
    readonly checksumAlgorithm?: ChecksumName;
    readonly expectedSize?: number;
    readonly uploadId?: string;
  };

const DEFAULT_JOBS = 8;

/** Declares `put`. */
export function declarePut(program: Command): Command {
  const command = program
    .command('put')
    .usage('[options] <source...> [s3://bucket/key | s3://bucket/prefix/]')
    .summary('store files, directories or stdin')
    .description(
      'Stores files, directories (-r) or stdin (-) as objects, part by part, and proves that every byte arrived.',
    )
    .argument('<source...>', 'files, then s3://bucket/key or s3://bucket/prefix/; - is stdin');
  addChecksumFlag(addIntegrityFlags(addResumeFlags(addTransferFlags(command))))
    .option(
      '--multipart-threshold <size>',
      'up to this many bytes go as one request (default: the part size)',
      ofFlag('--multipart-threshold', parseSize),
    )
    .option('--max-parts <n>', 'parts the server allows (default: 10000)', ofFlag('--max-parts', parseCount))
    .option('--upload-id <id>', 'take up this unfinished upload')
    .option(
      '--expected-size <bytes>',
      'exact size of stdin; a shorter or longer stream stores nothing',
      ofFlag('--expected-size', parseSize),
    );
  return withExamples(command, [
    ['partwise put backup.tar s3://bucket/2026/', 'stores s3://bucket/2026/backup.tar'],
    ['tar c dir | partwise put - s3://bucket/dir.tar', 'stores a stream of unknown length'],
    ['partwise put -r site s3://bucket/www/', 'stores site/index.html as www/index.html'],
  ]);
}

/** Runs `put`. */
export async function put(words: readonly string[], flags: PutFlags, context: Context): Promise<CommandEnd> {
  const { console, signal, defaultBucket } = context;
  const split = splitPut(words, defaultBucket);
  const items = await findPutItems(split, { recursive: flags.recursive ?? false, signal });
  const stdinUsed = split.sources.some(({ type }) => type === 'stdio');
  if (stdinUsed) await checkStdin(context);
  else if (flags.expectedSize !== undefined)
    throw new TransferError('usage', '--expected-size is for stdin (-)');

  checkUploadId(flags, split);
  if (flags.verifyOnly && stdinUsed)
    throw new TransferError('usage', '--verify-only needs a file, not stdin');
  const engine = await context.connect({
    bucket: split.target.bucket,
    journal: flags.verifyOnly ? undefined : await openJournal(flags, context),
    checksum: flags.checksumAlgorithm,
    remembers: true,
    ...flags,
  });
  const outcomes = collectOutcomes(console, againOf(context, positionsOf(context.argv, pathsOf(split))));
  const findUploads = flags.recursive ? findOncePerPrefix(engine, split.target) : undefined;
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
      if (item.type === 'skipped') await skip(outcomes, report, item);
      else await outcomes.done(await store(engine, item, target, { ...flags, findUploads }, context));
    } catch (error) {
      await outcomes.failed(report, error);
    }
  });
  if (seen === 0 && !signal.aborted) console.note(`${words[0]} holds no files; nothing to do`);
  return outcomes.end();
}

function sourceName(item: PutItem): string {
  return item.type === 'stdin' ? '-' : item.path;
}

/** Symbolic links are left out by rule; anything else that cannot be read is a failure of that item. */
async function skip(
  outcomes: Outcomes,
  report: Item,
  item: Extract<PutItem, { type: 'skipped' }>,
): Promise<void> {
  if (item.reason === 'symlink' || item.reason === 'loop') await outcomes.skipped(report, 'a symbolic link');
  else
    await outcomes.failed(
      report,
      new TransferError('disk', `${item.path} was skipped: ${SKIPPED[item.reason]}`),
    );
}

const SKIPPED = {
  fifo: 'it is a FIFO',
  socket: 'it is a socket',
  device: 'it is a device',
  unreadable: 'it cannot be read',
  vanished: 'it is gone',
  name: 'its name is not valid UTF-8, so no key can carry it',
} as const;

async function store(
  engine: Engine,
  item: Exclude<PutItem, { type: 'skipped' }>,
  target: { bucket: string; key: string },
  flags: PutFlags & { readonly findUploads: FindUploads | undefined },
  context: Context,
): Promise<TransferResult> {
  const { signal } = context;
  if (item.type === 'fifo' && flags.verifyOnly)
    throw new TransferError('usage', `--verify-only needs a file; ${item.path} is a FIFO`);
  if (item.type === 'stdin' || item.type === 'fifo') {
    const isStdin = item.type === 'stdin';
    const source = isStdin ? streamSource(context.process.stdin, '-') : openFifo(item.path);
    const contentType = contentTypeOf(target.key);
    return await uploadStream(engine, source, target, { ...flags, signal, contentType });
  }
  const source = await openFile(item.path);
  try {
    if (flags.verifyOnly) return await compareSource(engine, source, target, { direction: 'put', signal });
    return await upload(engine, source, target, {
      ...flags,
      resume: policyOf(flags),
      signal,
      contentType: contentTypeOf(item.path),
    });
  } finally {
    await source.close();
  }
}

function pathsOf({ sources }: PutWords): string[] {
  return sources.flatMap((source) => (source.type === 'file' ? [source.path] : []));
}

/** @throws TransferError `usage` when one id would have to serve for several files */
function checkUploadId({ uploadId, recursive }: PutFlags, { sources }: PutWords): void {
  if (uploadId === undefined) return;
  if (recursive || sources.length !== 1 || sources[0]?.type !== 'file')
    throw new TransferError('usage', '--upload-id is for one file');
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
