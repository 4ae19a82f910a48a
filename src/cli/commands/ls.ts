import { type Command, InvalidArgumentError } from 'commander';
import { describeListing, encodeListing, type ListingLine } from '../../report/listing.ts';
import { describeTotals, sumListing } from '../../report/listing-totals.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { bucketLines, linesBelow, type LinesFlags } from '../listed-lines.ts';
import { addListingFilters, listingFilterOf } from '../listing-filters.ts';
import { parseObject } from '../locations.ts';
import { type CommandEnd, withExamples } from '../shape.ts';
import { ofFlag, parseCount } from '../values.ts';

export type LsFlags = LinesFlags & {
  readonly human?: boolean;
  readonly long?: boolean;
  readonly summarize?: boolean;
  readonly parts?: boolean;
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
    .option('-l, --long', 'ETag, storage class and checksum algorithm too')
    .option('--summarize', 'end with the number of objects and their bytes')
    .option('--versions', 'every version with its id, and delete markers')
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
      '--parallel <n>',
      'with -r: list several ranges of keys at once, in the same order',
      ofFlag('--parallel', parseCount),
    )
    .option(
      '--encoding-type <type>',
      'keys always travel url-encoded; accepted for those who say so',
      onlyUrl,
    )
    .option('-0, --nul', 'raw keys, each ended by NUL');
  return withExamples(addListingFilters(command), [
    ['partwise ls s3://bucket/logs/', 'one level, common prefixes as PRE'],
    ['partwise ls -r --json s3://bucket', 'every key, one JSON object a line'],
    ['partwise ls -r --newer-than 24h --summarize s3://bucket/logs/', 'what came since yesterday'],
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
    ? linesBelow(engine, location.bucket, location.key, flags, signal, (why) =>
        console.detail(`listing one page after the other: ${why}`),
      )
    : bucketLines(engine, signal);

  const sum = sumListing();
  try {
    const write = console.isJson ? encodeListing : (line: ListingLine) => textOf(line, flags);
    for await (const page of lines) {
      const before = sum.totals().count;
      sum.add(page);
      await console.lines(page.map(write), flags.nul ? '\0' : '\n');
      if (before < MANY_LINES && sum.totals().count >= MANY_LINES && context.process.stdout.isTTY) {
        console.note(
          `${MANY_LINES} lines so far; narrow the listing with a longer prefix, --max-keys or --start-after`,
        );
      }
    }
    if (flags.summarize && !console.isJson) {
      const totals = describeTotals(sum.totals());
      // Names that are read by a program stay alone.
      if (flags.nul) console.note(totals);
      else await console.data(totals);
    }
  } catch (error) {
    // The reader of a listing may stop reading; that is what head does.
    if (error instanceof TransferError && error.code === 'EPIPE')
      return { exitCode: ExitCode.ok, totals: sum.totals() };
    throw error;
  }
  const missing = flags.exact && sum.totals().count === 0;
  return { exitCode: missing ? ExitCode.notFound : ExitCode.ok, totals: sum.totals() };
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
  const isOfObjects = words.length === 1 && !flags.incomplete && !flags.parts;
  if (flags.versions && !isOfObjects)
    throw usage('--versions lists objects: it needs a location, and no -I or --parts');
  if (flags.parallel !== undefined && (!isOfObjects || !flags.recursive || flags.versions || flags.exact))
    throw usage(
      '--parallel lists all keys below a location: it needs -r, and no -I, --parts, --versions or --exact',
    );
  if (listingFilterOf(flags, '') && !isOfObjects)
    throw usage('names, times and sizes choose among objects: they need a location, and no -I or --parts');
}

function textOf(line: ListingLine, flags: LsFlags): string {
  const { human, long, versions } = flags;
  if (!flags.nul) return describeListing(line, { human, long, versions });
  if (line.type === 'prefix') return line.prefix;
  if (line.type === 'bucket') return line.name;
  return line.type === 'part' ? String(line.number) : line.key;
}
