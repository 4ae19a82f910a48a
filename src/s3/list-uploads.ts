import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import { TransferError, UNEXPECTED_RESPONSE } from '../transfer/errors.ts';
import type { PageOptions, Store, UnfinishedUpload } from '../transfer/ports.ts';
import { noneIfUnknown } from './begun.ts';
import type { Caller } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { createKeyDecoder, page } from './list-page.ts';
import { watchGreatest, watchProgress } from './list-progress.ts';

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
  const tell = doubter(options);
  // Uploads of just that key may be all it tells of what begins so.
  let mayHide = true;
  try {
    const onPage = prefix === '' ? tell.page : undefined;
    for await (const upload of pagesOfUploads(caller, bucket, prefix, { ...options, onPage })) {
      // A server that does not know the prefix lists them all.
      if (!upload.key.startsWith(prefix)) continue;
      seen.add(upload.uploadId);
      if (upload.key !== prefix) mayHide = false;
      yield upload;
    }
  } catch (error) {
    // Some servers lose their way behind a prefix.
    if (prefix === '' || !isStuck(error)) throw error;
    mayHide = true;
  }
  if (prefix !== '' && mayHide) {
    // MinIO answers a prefix that is no exact key with nothing: only the whole bucket tells.
    for await (const upload of pagesOfUploads(caller, bucket, '', { ...options, onPage: tell.page })) {
      if (upload.key.startsWith(prefix) && !seen.has(upload.uploadId)) yield upload;
    }
  }
  tell.end(bucket);
}

type OnPage = (uploads: number, server: string) => void;

/** Older MinIO hides the uploads of a bucket altogether (minio#11686): nothing listed is no proof there. */
function doubter({ onDoubt }: UploadOptions): { readonly page: OnPage; end(bucket: string): void } {
  let hides = false;
  let listed = 0;
  return {
    page(uploads, server) {
      hides ||= /minio/i.test(server);
      listed += uploads;
    },
    end(bucket) {
      if (hides && listed === 0)
        onDoubt?.(
          `MinIO listed no uploads of s3://${bucket}, which some of its versions do though there are some`,
        );
    },
  };
}

function isStuck(error: unknown): boolean {
  return error instanceof TransferError && error.code === UNEXPECTED_RESPONSE && error.recovery === 'never';
}

type Markers = { readonly key: string; readonly id: string };

async function* pagesOfUploads(
  caller: Caller,
  bucket: string,
  prefix: string,
  options: PageOptions & { readonly onPage?: OnPage | undefined },
  maxPages = Number.POSITIVE_INFINITY,
): AsyncGenerator<UnfinishedUpload> {
  const what = `list the unfinished uploads of s3://${bucket}/${prefix}`;
  const ask = (from: string, { key, id }: Markers): Promise<UploadPage | undefined> =>
    pageOfUploads(caller, bucket, what, from, { key, id }, options);
  let markers: Markers = { key: '', id: '' };
  const progress = watchProgress(what);
  const greatest = watchGreatest();
  let takesIds = true;
  // Some servers repeat the last upload of a page on the next one.
  let lastPage = new Set<string>();
  for (let pages = 1; ; pages++) {
    const { key, id } = markers;
    let found: UploadPage | undefined;
    try {
      found = await ask(prefix, takesIds ? markers : { key, id: '' });
    } catch (error) {
      if (!takesIds || id === '' || !isRefusedMarker(error)) throw error;
      takesIds = false;
      found = await ask(prefix, { key, id: '' });
    }
    // The key alone leads past all of its uploads: those that did not fit the page before are asked for by name.
    const ofKey = takesIds || key === '' ? [] : ((await ask(key, START))?.uploads ?? []);
    if (!found) return;
    options.onPage?.(found.uploads.length, found.server);
    const uploads = [...ofKey.filter((upload) => upload.key === key), ...found.uploads];
    const fresh = new Map(uploads.map((upload) => [upload.uploadId, upload]));
    let unseen = 0;
    for (const [uploadId, upload] of fresh) {
      if (lastPage.has(uploadId)) continue;
      unseen++;
      yield upload;
    }
    if (!found.next || pages === maxPages) return;
    const { next } = found;
    if (next.key === '' || (next.key === key && next.id === id))
      throw notLikeS3(what, 'its listing does not advance', 'never');
    progress.page(unseen, greatest.isBehind(next.key, next.id));
    markers = next;
    lastPage = new Set(fresh.keys());
  }
}

const START: Markers = { key: '', id: '' };

/** versitygw 1.8 knows the markers of keys, but refuses those of ids, also the ones it named itself. */
function isRefusedMarker(error: unknown): boolean {
  return error instanceof TransferError && error.status === 400 && error.code === 'InvalidArgument';
}

type UploadPage = {
  readonly uploads: readonly UnfinishedUpload[];
  readonly next: Markers | undefined;
  readonly server: string;
};

async function pageOfUploads(
  caller: Caller,
  bucket: string,
  what: string,
  prefix: string,
  { key, id }: Markers,
  options: PageOptions,
): Promise<UploadPage | undefined> {
  const make = (): object =>
    new ListMultipartUploadsCommand({
      Bucket: bucket,
      EncodingType: 'url',
      ...(prefix && { Prefix: prefix }),
      // Google refuses markers that are empty.
      ...(key && { KeyMarker: key }),
      ...(key && id && { UploadIdMarker: id }),
    });
  return await page(
    caller,
    make,
    what,
    'ListMultipartUploadsResult',
    options,
    (output: ListMultipartUploadsCommandOutput, listedAt, server): UploadPage => {
      const keys = (output.Uploads ?? []).map(({ Key }) => Key);
      const decode = createKeyDecoder()(output.EncodingType, keys, prefix);
      const marker = { key: decode(output.NextKeyMarker ?? ''), id: output.NextUploadIdMarker ?? '' };
      const uploads = (output.Uploads ?? []).flatMap((upload) => uploadOf(upload, bucket, decode, listedAt));
      return { uploads, next: output.IsTruncated === true ? marker : undefined, server };
    },
  ).catch(noneIfUnknown);
}

function uploadOf(
  upload: MultipartUpload,
  bucket: string,
  decode: (key: string) => string,
  listedAt: Date | undefined,
): UnfinishedUpload[] {
  if (upload.Key === undefined || upload.UploadId === undefined) return [];
  return [
    {
      bucket,
      key: decode(upload.Key),
      uploadId: upload.UploadId,
      initiated: upload.Initiated,
      listedAt,
      storageClass: toldBy(upload.StorageClass),
      checksumAlgorithm: toldBy(upload.ChecksumAlgorithm),
      checksumType: toldBy(upload.ChecksumType),
    },
  ];
}

/** MinIO and versitygw write an element without a text, or `null`, for what they do not know. */
function toldBy(text: string | undefined): string | undefined {
  return text === '' || text === 'null' ? undefined : text;
}
