import { describeListing, encodeListing, type ListingLine } from '../../report/listing.ts';
import { describeTotals, sumListing } from '../../report/listing-totals.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { LsFlags } from '../commands/ls.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { bucketLines, linesBelow } from '../listed-lines.ts';
import { isFiltering } from '../listing-filter.ts';
import { parseObject } from '../locations.ts';
import type { CommandEnd } from '../shape.ts';

/** After so many lines on a terminal, somebody probably wanted less. */
const MANY_LINES = 100_000;

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
  if (isFiltering(flags) && !isOfObjects)
    throw usage('names, times and sizes choose among objects: they need a location, and no -I or --parts');
}

function textOf(line: ListingLine, flags: LsFlags): string {
  const { human, long, versions } = flags;
  if (!flags.nul) return describeListing(line, { human, long, versions });
  if (line.type === 'prefix') return line.prefix;
  if (line.type === 'bucket') return line.name;
  return line.type === 'part' ? String(line.number) : line.key;
}
