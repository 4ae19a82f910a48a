import type { Command } from 'commander';
import { addGetFlags } from '../get-flags.ts';
import { withExamples } from '../shape.ts';

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
  addGetFlags(command);
  return withExamples(command, [
    ['partwise get s3://bucket/backup.tar', 'fetches into the current directory'],
    ['partwise get s3://bucket/dir.tar - | tar x', 'streams in order, fetched in parallel'],
    ['partwise get -r s3://bucket/www/ site/', 'fetches everything under the prefix'],
  ]);
}
