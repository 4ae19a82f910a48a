import { ListMultipartUploadsCommand, type ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import type { PageOptions, Store, UnfinishedUpload } from '../transfer/ports.ts';
import type { Caller } from './caller.ts';
import { notLikeS3 } from './errors.ts';
import { decoderOf, page } from './list-page.ts';

type UploadOptions = Parameters<Store['listUploads']>[2];

/** Pages that are asked for when only one key is wanted: its own uploads come first. */
const PAGES_OF_ONE_KEY = 2;

/** The unfinished uploads of a bucket, also of servers that hide them from a prefix. */
export async function* listUploads(
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
        storageClass: toldBy(upload.StorageClass),
        checksumAlgorithm: toldBy(upload.ChecksumAlgorithm),
        checksumType: toldBy(upload.ChecksumType),
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

/** MinIO and versitygw write an element without a text, or `null`, for what they do not know. */
function toldBy(text: string | undefined): string | undefined {
  return text === '' || text === 'null' ? undefined : text;
}

/** rclone's word for a bucket that never had an upload. */
function noneIfUnknown(error: unknown): undefined {
  if (error instanceof TransferError && error.code === 'NoSuchUpload') return undefined;
  throw error;
}
