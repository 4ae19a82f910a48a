import type { Command } from 'commander';
import { withExamples } from '../shape.ts';

export type AbortFlags = {
  readonly uploadId?: string;
  readonly all?: boolean;
  readonly recursive?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

/** Declares `abort`. */
export function declareAbort(program: Command): Command {
  const command = program
    .command('abort')
    .usage('[options] s3://bucket/key')
    .summary('discard unfinished uploads')
    .description(
      'Discards unfinished multipart uploads by id, by key, or under a prefix, and looks until they are gone.',
    )
    .argument('<location...>', 's3://bucket/key, or with -r --all s3://bucket/prefix/')
    .option('--upload-id <id>', 'this upload; an id that is not known counts as gone')
    .option('--all', 'every upload of the key')
    .option('-r, --recursive', 'with --all: every upload under the prefix')
    .option('-n, --dry-run', 'show what would be aborted, change nothing')
    .option('--force', 'also a whole bucket, and uploads that were active in the last hour');
  return withExamples(command, [
    ['partwise abort s3://bucket/key', 'if the key has one unfinished upload'],
    ['partwise abort s3://bucket/key --upload-id ID', 'this one'],
    ['partwise abort -r --all s3://bucket/tmp/', 'all under a prefix'],
  ]);
}
