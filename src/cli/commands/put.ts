import type { Command } from 'commander';
import { addCompareFlags, type CompareFlags } from '../compare-flags.ts';
import { addFilterFlags, type FilterFlags } from '../filter-flags.ts';
import { addResumeFlags, addTransferFlags, type ResumeFlags, type TransferFlags } from '../flags.ts';
import {
  addChecksumFlag,
  addIntegrityFlags,
  type ChecksumName,
  type IntegrityFlags,
} from '../integrity-flags.ts';
import { addObjectFlags, type ObjectFlags } from '../object-flags.ts';
import { withExamples } from '../shape.ts';
import { ofFlag, parseCount, parseSize } from '../values.ts';

export type PutFlags = TransferFlags &
  ResumeFlags &
  IntegrityFlags &
  ObjectFlags &
  CompareFlags &
  FilterFlags & {
    readonly checksumAlgorithm?: ChecksumName;
    readonly filesFrom?: string;
    /** The list of --files-from has NUL between its paths. */
    readonly null?: boolean;
    readonly followSymlinks?: boolean;
    readonly preserve?: boolean;
    readonly dryRun?: boolean;
    readonly expectedSize?: number;
    readonly uploadId?: string;
  };

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
  addChecksumFlag(addIntegrityFlags(addResumeFlags(addTransferFlags(command))));
  addFilterFlags(addCompareFlags(addObjectFlags(command)))
    .option('--files-from <file>', 'store the files this list names, one a line; - is stdin')
    .option('-0, --null', 'the list has NUL between its paths')
    .option('--follow-symlinks', 'store what links point to; loops are noticed')
    .option('--preserve', 'note time and permissions of the file as metadata, for get --preserve')
    .option('-n, --dry-run', 'show what would be stored, change nothing')
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
