import { type Command, InvalidArgumentError } from 'commander';
import type { LinesFlags } from '../listed-lines.ts';
import { addListingFilters } from '../listing-filter-flags.ts';
import { withExamples } from '../shape.ts';
import { ofFlag, parseCount } from '../values.ts';

export type LsFlags = LinesFlags & {
  readonly human?: boolean;
  readonly long?: boolean;
  readonly summarize?: boolean;
  readonly parts?: boolean;
  readonly nul?: boolean;
};

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
