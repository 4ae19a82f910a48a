import {
  ListBucketsCommand,
  type ListBucketsCommandOutput,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListPartsCommand,
  type ListPartsCommandOutput,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import { MAX_PARTS } from '../transfer/plan.ts';
import type {
  ListedEntry,
  PageOptions,
  Receipt,
  Store,
  UnfinishedUpload,
  UploadHandle,
} from '../transfer/ports.ts';
import type { Caller } from './caller.ts';
import { call, LIST_LIMIT_MS } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { stringsOf, sumsOf } from './object-info.ts';
import { decodeKey, unquote } from './wire.ts';

type Listings = Pick<Store, 'listBuckets' | 'listObjects' | 'listUploads' | 'listParts'>;

/**
 * Our own paging: the SDK's follows markers without looking whether the page says it was the last, and loops
 * for ever where a server repeats them.
 */
export function createListings(caller: Caller, describe: Store['describe']): Listings {
  return {
    listBuckets: (options) => listBuckets(caller, options),
    listObjects: (bucket, prefix, options) => listObjects(caller, bucket, prefix, options),
    listUploads: (bucket, prefix, options) => listUploads(caller, bucket, prefix, options),
    listParts: (upload, options) => listParts(caller, describe, upload, options),
  };
}

/** One page, through the caller's `repeat`. */
function page<Output extends object, Result>(
  caller: Caller,
  make: () => object,
  what: string,
  root: string,
  options: PageOptions,
  resultOf: (output: Output, listedAt: Date | undefined) => Result,
): Promise<Result> {
  const { signal } = options;
  return options.repeat(() =>
    call(
      caller,
      make,
      { signal, what, roots: [root], limitMs: LIST_LIMIT_MS },
      (output: Output, { headers }) => resultOf(output, dateOf(headers['date'])),
    ),
  );
}

function dateOf(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Ends a listing whose next page would begin where this one did. */
function mustAdvance(what: string, before: string, after: string | undefined): string {
  if (after !== undefined && after !== '' && after !== before) return after;
  throw notLikeS3(what, 'its listing does not advance', 'never');
}

async function* listBuckets(caller: Caller, options: PageOptions): ReturnType<Store['listBuckets']> {
  const what = 'list the buckets';
  for (let token = ''; ; ) {
    const make = (): object => new ListBucketsCommand(token ? { ContinuationToken: token } : {});
    const output = await page(
      caller,
      make,
      what,
      'ListAllMyBucketsResult',
      options,
      (found: ListBucketsCommandOutput) => found,
    );
    for (const { Name, CreationDate } of output.Buckets ?? []) {
      if (Name !== undefined) yield { name: Name, created: CreationDate };
    }
    if (!output.ContinuationToken) return;
    token = mustAdvance(what, token, output.ContinuationToken);
  }
}

async function* listObjects(
  caller: Caller,
  bucket: string,
  prefix: string,
  options: Parameters<Store['listObjects']>[2],
): AsyncGenerator<ListedEntry> {
  const what = `list s3://${bucket}/${prefix}`;
  const { delimiter, startAfter, limit = Number.POSITIVE_INFINITY } = options;
  let left = limit;
  for (let token = ''; left > 0; ) {
    const make = (): object =>
      new ListObjectsV2Command({
        Bucket: bucket,
        EncodingType: 'url',
        ...(prefix && { Prefix: prefix }),
        ...(delimiter && { Delimiter: delimiter }),
        ...(startAfter && { StartAfter: startAfter }),
        ...(token && { ContinuationToken: token }),
        ...(left < 1000 && { MaxKeys: left }),
      });
    const output = await page(
      caller,
      make,
      what,
      'ListBucketResult',
      options,
      (found: ListObjectsV2CommandOutput) => found,
    );
    for (const entry of entriesOf(output)) {
      if (left-- <= 0) return;
      yield entry;
    }
    if (output.IsTruncated !== true) return;
    token = mustAdvance(what, token, output.NextContinuationToken);
  }
}

/** Objects and common prefixes of one page, merged into one order. */
function entriesOf(output: ListObjectsV2CommandOutput): ListedEntry[] {
  const decode = decoderOf(output.EncodingType);
  const objects = (output.Contents ?? []).map((object): ListedEntry => {
    const { Key = '', Size = Number.NaN, ETag, LastModified, StorageClass } = object;
    return {
      type: 'object',
      key: decode(Key),
      size: Size,
      etag: unquote(ETag),
      lastModified: LastModified,
      storageClass: StorageClass,
    };
  });
  const prefixes = (output.CommonPrefixes ?? []).map(
    ({ Prefix = '' }): ListedEntry => ({ type: 'prefix', prefix: decode(Prefix) }),
  );
  if (prefixes.length === 0) return objects;
  return [...objects, ...prefixes].toSorted((a, b) => Buffer.compare(nameOf(a), nameOf(b)));
}

function nameOf(entry: ListedEntry): Buffer {
  return Buffer.from(entry.type === 'object' ? entry.key : entry.prefix);
}

type UploadOptions = Parameters<Store['listUploads']>[2];

/** Pages that are asked for when only one key is wanted: its own uploads come first. */
const PAGES_OF_ONE_KEY = 2;

async function* listUploads(
  caller: Caller,
  bucket: string,
  prefix: string,
  options: UploadOptions,
): AsyncGenerator<UnfinishedUpload> {
  if (options.exactKey) {
    for await (const upload of pagesOfUploads(caller, bucket, prefix, options, PAGES_OF_ONE_KEY)) {
      if (upload.key === prefix) yield upload;
    }
    return;
  }
  const seen = new Set<string>();
  // Uploads of just that key may be all it tells of what begins so.
  let mayHide = true;
  for await (const upload of pagesOfUploads(caller, bucket, prefix, options)) {
    seen.add(upload.uploadId);
    if (upload.key !== prefix) mayHide = false;
    yield upload;
  }
  if (prefix === '' || !mayHide) return;
  // MinIO answers a prefix that is no exact key with nothing: only the whole bucket tells.
  for await (const upload of pagesOfUploads(caller, bucket, '', options)) {
    if (upload.key.startsWith(prefix) && !seen.has(upload.uploadId)) yield upload;
  }
}

type Markers = { readonly key: string; readonly id: string };

async function* pagesOfUploads(
  caller: Caller,
  bucket: string,
  prefix: string,
  options: PageOptions,
  maxPages = Number.POSITIVE_INFINITY,
): AsyncGenerator<UnfinishedUpload> {
  const what = `list the unfinished uploads of s3://${bucket}/${prefix}`;
  let markers: Markers = { key: '', id: '' };
  // Some servers repeat the last upload of a page on the next one.
  let lastPage = new Set<string>();
  for (let pages = 1; ; pages++) {
    const { key, id } = markers;
    const make = (): object =>
      new ListMultipartUploadsCommand({
        Bucket: bucket,
        EncodingType: 'url',
        ...(prefix && { Prefix: prefix }),
        // Google refuses markers that are empty.
        ...(key && { KeyMarker: key }),
        ...(key && id && { UploadIdMarker: id }),
      });
    const listed = await page(
      caller,
      make,
      what,
      'ListMultipartUploadsResult',
      options,
      (output: ListMultipartUploadsCommandOutput, listedAt) => ({ output, listedAt }),
    ).catch(noneIfUnknown);
    if (!listed) return;
    const { output, listedAt } = listed;
    const decode = decoderOf(output.EncodingType);
    const thisPage = new Set<string>();
    for (const upload of output.Uploads ?? []) {
      if (upload.Key === undefined || upload.UploadId === undefined) continue;
      thisPage.add(upload.UploadId);
      if (lastPage.has(upload.UploadId)) continue;
      yield {
        bucket,
        key: decode(upload.Key),
        uploadId: upload.UploadId,
        initiated: upload.Initiated,
        listedAt,
        storageClass: upload.StorageClass,
        checksumAlgorithm: upload.ChecksumAlgorithm,
        checksumType: upload.ChecksumType,
      };
    }
    if (output.IsTruncated !== true || pages === maxPages) return;
    const next = { key: decode(output.NextKeyMarker ?? ''), id: output.NextUploadIdMarker ?? '' };
    if (next.key === '' || (next.key === key && next.id === id))
      throw notLikeS3(what, 'its listing does not advance', 'never');
    markers = next;
    lastPage = thisPage;
  }
}

/** rclone's word for a bucket that never had an upload. */
function noneIfUnknown(error: unknown): undefined {
  if (error instanceof TransferError && error.code === 'NoSuchUpload') return undefined;
  throw error;
}

/** Keys come encoded only where the server says so. */
function decoderOf(encodingType: string | undefined): (key: string) => string {
  return encodingType === 'url' ? decodeKey : (key) => key;
}

async function* listParts(
  caller: Caller,
  describe: Store['describe'],
  upload: UploadHandle,
  options: PageOptions,
): AsyncGenerator<Receipt> {
  const what = `list the parts of upload ${upload.uploadId} of ${describe(upload)}`;
  let last = 0;
  for (;;) {
    const make = (): object =>
      new ListPartsCommand({
        Bucket: upload.bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        ...(last > 0 && { PartNumberMarker: String(last) }),
      });
    const output = await page(
      caller,
      make,
      what,
      'ListPartsResult',
      options,
      (listed: ListPartsCommandOutput) => listed,
    );
    const receipts = (output.Parts ?? []).map(
      (part): Receipt => ({
        number: part.PartNumber ?? 0,
        size: part.Size ?? 0,
        etag: unquote(part.ETag) ?? '',
        sums: sumsOf(stringsOf(part)),
        lastModified: part.LastModified,
      }),
    );
    // Not every server sorts, and some send every page from the first part on.
    const fresh = receipts.filter(({ number }) => number > last).toSorted((a, b) => a.number - b.number);
    yield* fresh;
    if (output.IsTruncated !== true) return;
    const furthest = fresh.at(-1)?.number ?? last;
    if (furthest <= last || furthest > MAX_PARTS)
      throw notLikeS3(what, 'its listing does not advance', 'never');
    last = furthest;
  }
}
