import type { Command } from 'commander';
import { attributesOf } from '../local/attributes.ts';
import type { DownloadOptions } from '../transfer/download.ts';
import { TransferError } from '../transfer/errors.ts';
import type { RangeWish } from '../transfer/slice.ts';
import { addCompareFlags, type CompareFlags } from './compare-flags.ts';
import { addFilterFlags, type FilterFlags } from './filter-flags.ts';
import { addResumeFlags, addTransferFlags, type ResumeFlags, type TransferFlags } from './flags.ts';
import { addIntegrityFlags, checkIntegrityFlags, type IntegrityFlags } from './integrity-flags.ts';
import { addCustomerKeyFlag, unquoted } from './object-flags.ts';
import { ofFlag } from './values.ts';

export type GetFlags = TransferFlags &
  ResumeFlags &
  IntegrityFlags &
  CompareFlags &
  FilterFlags & {
    readonly versionId?: string;
    readonly range?: RangeWish;
    readonly ifMatch?: string;
    readonly ifNoneMatch?: string;
    /** `false` by --no-overwrite. */
    readonly overwrite?: boolean;
    readonly preserve?: boolean;
    readonly sseCKey?: string;
    readonly sseCOverHttp?: boolean;
    readonly dryRun?: boolean;
  };

/** Declares the flags of `get`. */
export function addGetFlags(command: Command): Command {
  addIntegrityFlags(addResumeFlags(addTransferFlags(command)));
  return addCustomerKeyFlag(addFilterFlags(addCompareFlags(command)))
    .option('--no-verify', 'compare nothing but the size with what the server says of the object')
    .option('--version-id <id>', 'this version of the object')
    .option(
      '--range <bytes>',
      'only these, as in HTTP: 0-99, 100-, or --range=-100 for the last',
      ofFlag('--range', parseRange),
    )
    .option('--if-match <etag>', 'only the object with this ETag (exit 9)', unquoted)
    .option('--if-none-match <etag>', 'skip the object with this ETag', unquoted)
    .option('--no-overwrite', 'only where no file is (exit 9, or skipped among several)')
    .option('--preserve', 'give files the time and permissions that put --preserve noted')
    .option('-n, --dry-run', 'show what would be fetched, change nothing');
}

/**
 * Bytes as HTTP writes them, both ends included; half-open from here on.
 * @throws TransferError `usage`
 */
export function parseRange(text: string): RangeWish {
  const [, first = '', last = ''] = /^(?:bytes=)?(\d{0,15})-(\d{0,15})$/.exec(text) ?? [];
  if (first === '' && Number(last) > 0) return { last: Number(last) };
  if (first !== '' && last === '') return { start: Number(first) };
  if (first !== '' && Number(last) >= Number(first)) return { start: Number(first), end: Number(last) + 1 };
  throw new TransferError('usage', `"${text}" is no range of bytes; write it like 0-99, 100- or -100`);
}

/** @throws TransferError `usage` for flags that contradict each other or the number of objects */
export function checkGetFlags(flags: GetFlags, objects: number): void {
  checkIntegrityFlags(flags);
  const isOne = objects === 1 && !flags.recursive;
  for (const [name, value] of [
    ['--version-id', flags.versionId],
    ['--range', flags.range],
    ['--if-match', flags.ifMatch],
    ['--if-none-match', flags.ifNoneMatch],
  ] as const) {
    if (value !== undefined && !isOne) throw new TransferError('usage', `${name} is for one object`);
  }
  if (flags.range && (flags.verifyOnly || flags.requireChecksum))
    throw new TransferError('usage', 'a range of an object cannot be verified');
}

/** The flags that a download of any kind takes as they are. */
export function downloadOptions(flags: GetFlags): DownloadOptions {
  const { partSize, verify, requireChecksum, range, ifMatch, ifNoneMatch, preserve } = flags;
  return {
    partSize,
    verify,
    requireChecksum,
    range,
    ifMatch,
    ifNoneMatch,
    ...(preserve && { attributesOf: ({ headers }) => attributesOf(headers?.metadata) }),
  };
}
