import { type Command, InvalidArgumentError } from 'commander';
import { describeListing, encodeListing, type ListingLine } from '../../report/listing.ts';
import type { Engine } from '../../transfer/engine.ts';
import { TransferError } from '../../transfer/errors.ts';
import { listBuckets, listObjects, listParts, listUploads } from '../../transfer/list.ts';
import { inspectUpload } from '../../transfer/unfinished.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { parseObject } from '../locations.ts';
import { type CommandEnd, withExamples } from '../shape.ts';
import { ofFlag, parseCount } from '../values.ts';

export type LsFlags = {
  readonly recursive?: boolean;
  readonly human?: boolean;
  readonly exact?: boolean;
  readonly incomplete?: boolean;
  readonly parts?: boolean;
  readonly uploadId?: string;
  readonly maxKeys?: number;
  readonly startAfter?: string;
  readonly delimiter?: string;
  readonly nul?: boolean;
};

/** After so many lines on a terminal, somebody probably wanted less. */
const MANY_LINES = 100_000;

/** Declares `ls`. */
export function declareLs(program: Command): Command {
  const command = program
    .command('ls')
    .usage('[options] [s3://bucket[/prefix]]')
    .summary('list buckets, objects, unfinished uploads')
    .description(
      'Lists the buckets, or what is stored under a prefix. Keys are shown escaped; -0 prints them raw.',
    )
    .argument('[location...]', 's3://bucket or s3://bucket/prefix; without one: the buckets')
    .option('-r, --recursive', 'all keys, not only down to the next delimiter')
    .option('-H, --human', 'sizes as 1.5 GiB')
    .option('--exact', 'the location is one key; exit 4 and no output when it is not there')
    .option(
      '-I, --incomplete',
      'unfinished multipart uploads: started, last activity, parts, bytes, key, upload id',
    )
    .option('--parts', 'the parts of one unfinished upload; needs --upload-id')
    .option('--upload-id <id>', 'the upload that --parts lists')
    .option('--max-keys <n>', 'stop after so many lines', ofFlag('--max-keys', parseCount))
    .option('--start-after <key>', 'begin behind this key')
    .option('--delimiter <text>', 'what ends a level (default: /)')
    .option(
      '--encoding-type <type>',
      'keys always travel url-encoded; accepted for those who say so',
      onlyUrl,
    )
    .option('-0, --nul', 'raw keys, each ended by NUL');
  return withExamples(command, [
    ['partwise ls s3://bucket/logs/', 'one level, common prefixes as PRE'],
    ['partwise ls -r --json s3://bucket', 'every key, one JSON object a line'],
    ['partwise ls --exact s3://bucket/key', 'exit 0 if the key is there, else 4'],
    ['partwise ls -I s3://bucket', 'what interrupted uploads left behind'],
  ]);
}

function onlyUrl(value: string): string {
  if (value !== 'url') throw new InvalidArgumentError('Only "url" is known.');
  return value;
}

/** Runs `ls`. */
export async function ls(words: readonly string[], flags: LsFlags, context: Context): Promise<CommandEnd> {
  const { console, signal } = context;
  checkFlags(words, flags);
  console.needsReader();
  const [word] = words;
  const location = word === undefined ? undefined : parseObject(word, context.defaultBucket);
  const engine = await context.connect({ bucket: location?.bucket });
  const lines = location
    ? linesOf(engine, location.bucket, location.key, flags, signal)
    : bucketsOf(engine, signal);

  let count = 0;
  let bytes = 0;
  try {
    for await (const line of lines) {
      count++;
      bytes += bytesOf(line);
      await console.data(console.isJson ? encodeListing(line) : textOf(line, flags), flags.nul ? '\0' : '\n');
      if (count === MANY_LINES && context.process.stdout.isTTY) {
        console.note(
          `${MANY_LINES} lines so far; narrow the listing with a longer prefix, --max-keys or --start-after`,
        );
      }
    }
  } catch (error) {
    // The reader of a listing may stop reading; that is what head does.
    if (error instanceof TransferError && error.code === 'EPIPE')
      return { exitCode: ExitCode.ok, totals: { count, bytes } };
    throw error;
  }
  const missing = flags.exact && count === 0;
  return { exitCode: missing ? ExitCode.notFound : ExitCode.ok, totals: { count, bytes } };
}

function usage(message: string): TransferError {
  return new TransferError('usage', message);
}

function checkFlags(words: readonly string[], flags: LsFlags): void {
  if (words.length > 1) throw usage('ls takes one location');
  if (flags.parts !== (flags.uploadId !== undefined || undefined))
    throw usage('--parts and --upload-id belong together');
  if (flags.exact && words.length === 0) throw usage('--exact needs a location');
  if (flags.incomplete && (flags.parts || flags.exact))
    throw usage('-I cannot be combined with --parts or --exact');
}

function textOf(line: ListingLine, flags: LsFlags): string {
  if (!flags.nul) return describeListing(line, { human: flags.human });
  if (line.type === 'prefix') return line.prefix;
  if (line.type === 'bucket') return line.name;
  return line.type === 'part' ? String(line.number) : line.key;
}

async function* bucketsOf(engine: Engine, signal: AbortSignal): AsyncGenerator<ListingLine> {
  for await (const bucket of listBuckets(engine, { signal })) yield { type: 'bucket', ...bucket };
}

async function* linesOf(
  engine: Engine,
  bucket: string,
  key: string,
  flags: LsFlags,
  signal: AbortSignal,
): AsyncGenerator<ListingLine> {
  if (flags.uploadId !== undefined) {
    for await (const part of listParts(engine, { bucket, key, uploadId: flags.uploadId }, { signal }))
      yield { type: 'part', ...part };
    return;
  }
  if (flags.incomplete) {
    let left = flags.maxKeys ?? Number.POSITIVE_INFINITY;
    for await (const upload of listUploads(engine, bucket, key, { signal })) {
      if (left-- <= 0) return;
      const inspected = await inspectUpload(engine, upload, signal);
      if (inspected) yield { type: 'upload', ...inspected };
    }
    return;
  }
  if (flags.exact) {
    for await (const entry of listObjects(engine, bucket, key, { signal, limit: 1 })) {
      if (entry.type === 'object' && entry.key === key) yield entry;
    }
    return;
  }
  yield* listObjects(engine, bucket, key, {
    signal,
    delimiter: flags.recursive ? undefined : (flags.delimiter ?? '/'),
    startAfter: flags.startAfter,
    limit: flags.maxKeys,
  });
}

/** What a line adds to the sum; sizes that cannot be true add nothing. */
function bytesOf(line: ListingLine): number {
  const size = line.type === 'upload' ? line.bytes : 'size' in line ? line.size : 0;
  return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : 0;
}
