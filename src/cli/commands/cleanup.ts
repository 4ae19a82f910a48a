import type { Command } from 'commander';
import { addStateFlags } from '../flags.ts';
import { withExamples } from '../shape.ts';
import { ofFlag, parseCount, parseDuration } from '../values.ts';

/** Declares `cleanup`. */
export function declareCleanup(program: Command): Command {
  const command = program
    .command('cleanup')
    .usage('[options] s3://bucket[/prefix/] --older-than 7d')
    .summary('abort stale uploads (for cron)')
    .description(
      'Aborts unfinished uploads in which nothing happened for long: by the newest of their beginning and their parts, by the server’s clock and this machine’s, whichever makes them younger.',
    )
    .argument('[location...]', 's3://bucket or s3://bucket/prefix/; with --local: directories')
    .option(
      '--older-than <duration>',
      'last activity longer ago than this: 30m, 24h, 7d, 2w',
      ofFlag('--older-than', parseDuration),
    )
    .option('--all-buckets', 'in every bucket of the account, instead of a location')
    .option('--by-start', 'judge by when an upload was begun, not by its parts')
    .option('-n, --dry-run', 'show what would be aborted, change nothing')
    .option('--check', 'abort nothing; exit 10 when there are stale uploads (for monitoring)')
    .option('--force', 'allow ages under one hour')
    .option('--metrics-file <path>', 'write what was done as Prometheus text, also when it failed')
    .option(
      '--local',
      'remove what interrupted transfers left on this machine, 30 days after they were last active',
    )
    .option('--install-rule', 'have the server do it: add a lifecycle rule to the bucket, keep its others')
    .option(
      '--days <n>',
      'with --install-rule: days after the beginning (default: 7)',
      ofFlag('--days', parseCount),
    )
    .option('--check-rule', 'show which lifecycle rule covers the location; exit 10 when none does');
  return withExamples(addStateFlags(command), [
    ['partwise cleanup s3://bucket --older-than 7d -n', 'look first'],
    ['partwise cleanup s3://bucket/tmp/ --older-than 24h', 'only under a prefix'],
    ['partwise cleanup s3://bucket --older-than 7d --check', 'alert when something is left over'],
    ['partwise cleanup --all-buckets --older-than 7d -q', 'from cron: silence means success'],
    ['partwise cleanup s3://bucket --install-rule', 'let the server do it, where it can'],
    ['partwise cleanup --local ~/Downloads', 'old partial files on this machine'],
  ]);
}
