import { compareKeys } from '../transfer/compare-keys.ts';
import { notLikeS3 } from './errors.ts';
import { type Named, nameOf } from './listed-names.ts';

/** Servers send empty pages where many entries were filtered or deleted, but never so many in a row. */
const MOST_EMPTY_PAGES = 1_000;
/**
 * Pages in a row whose names all come before one that was listed already. Some servers sort by UTF-16, so a few may be
 * right; a listing that goes round in circles has no others.
 */
const MOST_BACKWARD_PAGES = 10;

/** Watches that a listing comes to an end. */
export type ListProgress = {
  /**
   * Takes note of a page: how many entries it had that were not on the page before, and whether one of them lies
   * behind all that were listed.
   * @throws TransferError `server` when the listing has not advanced for too long
   */
  page(entries: number, advances: boolean): void;
};

/** `isSorted`: whether the server promises the order of keys; directory buckets do not. */
export function watchProgress(what: string, isSorted = true): ListProgress {
  let empty = 0;
  let backward = 0;
  return {
    page(entries, advances) {
      empty = entries === 0 ? empty + 1 : 0;
      if (advances || !isSorted) backward = 0;
      else if (entries > 0) backward++;
      if (empty > MOST_EMPTY_PAGES)
        throw notLikeS3(what, `it sent ${empty} pages without new entries`, 'never');
      if (backward > MOST_BACKWARD_PAGES) throw notLikeS3(what, 'its listing goes round in circles', 'never');
    },
  };
}

/** Remembers how far a listing has come; `id` tells entries of one name apart. */
export function watchGreatest(): { isBehind(name: string, id?: string): boolean } {
  let greatest: { readonly name: string; readonly id: string } | undefined;
  return {
    /** Whether this name, or another entry of the last one, lies behind everything that was asked about before. */
    isBehind(name, id = '') {
      const order = greatest === undefined ? 1 : compareKeys(name, greatest.name);
      if (order < 0 || (order === 0 && id === greatest?.id)) return false;
      greatest = { name, id };
      return true;
    },
  };
}

/** Whether a bucket is a directory bucket of S3 Express One Zone, which lists in no order. */
export function isDirectoryBucket(bucket: string): boolean {
  return bucket.endsWith('--x-s3');
}

/**
 * Ends a listing that names something outside the prefix that was asked for: its other names are no safer to act on.
 * @throws TransferError `server`
 */
export function mustLieUnder(what: string, prefix: string, entries: readonly Named[]): void {
  if (prefix === '') return;
  for (const entry of entries) {
    if (!nameOf(entry).startsWith(prefix)) throw notLikeS3(what, 'it lists keys outside the prefix', 'never');
  }
}
