import type { ListingLine } from '../report/listing.ts';
import { ahead } from '../transfer/ahead.ts';
import type { Engine } from '../transfer/engine.ts';
import {
  listBuckets,
  listParts,
  type ListingOptions,
  listUploads,
  objectPages,
  type ObjectListingOptions,
  type ParallelListing,
  versionPages,
} from '../transfer/list.ts';
import type { ListedVersion, UnfinishedUpload } from '../transfer/ports.ts';
import { inspectUpload } from '../transfer/unfinished.ts';
import { isFiltering, listingFilterOf } from './listing-filter.ts';
import type { ListingFilterFlags } from './listing-filter-flags.ts';

/** What is listed, and which of it. */
export type LinesFlags = ListingFilterFlags & {
  readonly recursive?: boolean;
  readonly exact?: boolean;
  readonly versions?: boolean;
  readonly incomplete?: boolean;
  readonly uploadId?: string;
  readonly maxKeys?: number;
  readonly startAfter?: string;
  readonly delimiter?: string;
  readonly parallel?: number;
};

/** Lines that came together. */
export type Lines = readonly ListingLine[];

/** The buckets as lines. */
export async function* bucketLines(engine: Engine, signal: AbortSignal): AsyncGenerator<Lines> {
  for await (const bucket of listBuckets(engine, { signal })) yield [{ type: 'bucket', ...bucket }];
}

/** What is below a location, as lines, page by page. */
export async function* linesBelow(
  engine: Engine,
  bucket: string,
  key: string,
  flags: LinesFlags,
  signal: AbortSignal,
  onSequential: (why: string) => void,
): AsyncGenerator<Lines> {
  if (flags.uploadId !== undefined) {
    for await (const part of listParts(engine, { bucket, key, uploadId: flags.uploadId }, { signal }))
      yield [{ type: 'part', ...part }];
    return;
  }
  const pages = flags.incomplete
    ? uploadLines(engine, bucket, key, signal)
    : entryLines(engine, bucket, key, flags, signal, onSequential);
  let left = flags.maxKeys ?? Number.POSITIVE_INFINITY;
  for await (const lines of pages) {
    yield lines.length > left ? lines.slice(0, left) : lines;
    left -= lines.length;
    if (left <= 0) return;
  }
}

/** Uploads that are looked into at once; each takes a request. */
const AT_ONCE = 8;

async function* uploadLines(
  engine: Engine,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Lines> {
  const uploads = listUploads(engine, bucket, prefix, { signal });
  const inspect = (upload: UnfinishedUpload, abort: AbortSignal): ReturnType<typeof inspectUpload> =>
    inspectUpload(engine, upload, abort);
  for await (const inspected of ahead(uploads, AT_ONCE, signal, inspect))
    if (inspected) yield [{ type: 'upload', ...inspected }];
}

async function* entryLines(
  engine: Engine,
  bucket: string,
  prefix: string,
  flags: LinesFlags,
  signal: AbortSignal,
  onSequential: (why: string) => void,
): AsyncGenerator<Lines> {
  const isShown = await listingFilterOf(flags, prefix);
  for await (const page of entryPages(engine, bucket, prefix, flags, { signal, onSequential })) {
    // In key order the key itself comes before all it begins.
    const ofKey = flags.exact
      ? page.filter((entry) => entry.type !== 'prefix' && entry.key === prefix)
      : page;
    yield isShown ? ofKey.filter(isShown) : ofKey;
    if (flags.exact && ofKey.length < page.length) return;
  }
}

function entryPages(
  engine: Engine,
  bucket: string,
  prefix: string,
  flags: LinesFlags,
  how: Pick<ListingOptions & ParallelListing, 'signal' | 'onSequential'>,
): AsyncIterable<readonly ListedVersion[]> {
  const options: ObjectListingOptions & ParallelListing = {
    ...how,
    parallel: flags.parallel,
    delimiter: flags.recursive || flags.exact ? undefined : (flags.delimiter ?? '/'),
    startAfter: flags.startAfter,
    // The limit is one of lines: what is left out does not count.
    limit: flags.exact && !flags.versions ? 1 : isFiltering(flags) ? undefined : flags.maxKeys,
  };
  return (flags.versions ? versionPages : objectPages)(engine, bucket, prefix, options);
}
