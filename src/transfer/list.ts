import type { Engine } from './engine.ts';
import type {
  BucketInfo,
  DoubtOption,
  ListedEntry,
  ListedVersion,
  ListOptions,
  Receipt,
  UnfinishedUpload,
  UploadHandle,
} from './ports.ts';
import { listInLanes } from './listing/in-lanes.ts';
import { paged } from './retry.ts';

type Listing = Pick<Engine, 'store' | 'run'>;

/** What every listing takes. */
export type ListingOptions = {
  /** @default never aborted */
  readonly signal?: AbortSignal | undefined;
};

/** Which objects are listed. */
export type ObjectListingOptions = ListingOptions & Pick<ListOptions, 'delimiter' | 'startAfter' | 'limit'>;

/** How many requests list them at once. */
export type ParallelListing = {
  /** Lists over several stretches of keys at once, without a delimiter; the order stays. @default 1 */
  readonly parallel?: number | undefined;
  /** Told why the server can be asked only one page after the other. @default nobody */
  readonly onSequential?: ((why: string) => void) | undefined;
};

/** The buckets of the account; every page is repeated like any other request. */
export function listBuckets(engine: Listing, options: ListingOptions = {}): AsyncIterable<BucketInfo> {
  return engine.store.listBuckets(pagesOf(engine, options));
}

/** The objects whose keys begin with `prefix`, in key order, and common prefixes where a delimiter is given. */
export function listObjects(
  engine: Listing,
  bucket: string,
  prefix = '',
  options: ObjectListingOptions & ParallelListing = {},
): AsyncIterable<ListedEntry> {
  return flat(objectPages(engine, bucket, prefix, options));
}

/** The same page by page, which costs less than to step from one to the next. */
export function objectPages(
  engine: Listing,
  bucket: string,
  prefix: string,
  { parallel: lanes = 1, onSequential, ...options }: ObjectListingOptions & ParallelListing,
): AsyncIterable<readonly ListedEntry[]> {
  if (lanes > 1 && !options.delimiter) {
    const asking = { ...options, ...pagesOf(engine, options), lanes, onSequential };
    return listInLanes(engine.store, bucket, prefix, asking);
  }
  return engine.store.listObjects(bucket, prefix, { ...options, ...pagesOf(engine, options) });
}

/** Every version of the objects whose keys begin with `prefix`, and delete markers; the newest of a key first. */
export function listVersions(
  engine: Listing,
  bucket: string,
  prefix = '',
  options: ObjectListingOptions = {},
): AsyncIterable<ListedVersion> {
  return flat(versionPages(engine, bucket, prefix, options));
}

/** The same page by page. */
export function versionPages(
  engine: Listing,
  bucket: string,
  prefix: string,
  options: ObjectListingOptions,
): AsyncIterable<readonly ListedVersion[]> {
  return engine.store.listVersions(bucket, prefix, { ...options, ...pagesOf(engine, options) });
}

/** The multipart uploads that were begun and neither completed nor aborted. */
export function listUploads(
  engine: Listing,
  bucket: string,
  prefix = '',
  options: ListingOptions & DoubtOption = {},
): AsyncIterable<UnfinishedUpload> {
  return engine.store.listUploads(bucket, prefix, {
    onDoubt: options.onDoubt,
    ...pagesOf(engine, options),
  });
}

/** The parts an unfinished upload holds. */
export function listParts(
  engine: Listing,
  upload: UploadHandle,
  options: ListingOptions = {},
): AsyncIterable<Receipt> {
  return engine.store.listParts(upload, pagesOf(engine, options));
}

function pagesOf(engine: Listing, { signal }: ListingOptions): ReturnType<typeof paged> {
  return paged(engine, signal ?? new AbortController().signal);
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}
