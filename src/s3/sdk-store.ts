import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandOutput,
  UploadPartCommand,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import { isCombinable } from '../transfer/combine.ts';
import type { PartBody, PutReceipt, SendOptions, Store, Sums } from '../transfer/ports.ts';
import { partName, requireEtag } from './answer.ts';
import { meteredBody } from './body.ts';
import type { Caller } from './caller.ts';
import { call, type CallOptions, type MakeCommand } from './call.ts';
import type { Capabilities, ChecksumMode } from './capabilities.ts';
import { completeUpload } from './complete-upload.ts';
import { notLikeS3 } from './errors.ts';
import { sealedWith } from './fixed-headers.ts';
import { createLifecycle, type WithLifecycle } from './lifecycle.ts';
import { createListings } from './listing.ts';
import {
  addressOf,
  CHECKSUMS,
  checksumField,
  type HeaderAlgorithm,
  infoOf,
  isOpaque,
  type StoredOutput,
  stringsOf,
  sumsOf,
} from './object-info.ts';
import { conditionOf, paramsOf } from './object-headers.ts';
import { readRange } from './read-range.ts';
import { base64Of, quote, unquote } from './wire.ts';

export type SdkStoreOptions = {
  /** Names the server in what is remembered of it. */
  readonly endpoint: string;
  readonly caller: Caller;
  /** Encrypts every object at the server (SSE-C), which does not keep it. */
  readonly customerKey: Uint8Array | undefined;
  readonly capabilities: Capabilities;
  /** Plain http off this machine: every payload is signed by its SHA-256. */
  readonly signsPayload: boolean;
  /** Milliseconds without a byte before a body counts as stalled. */
  readonly readTimeoutMs: number;
  /** Whether the service combines part checksums into one of the whole object (R2 does not for CRC32). */
  readonly fullObjectCrc32: boolean;
};

/** rclone 1.75 has its own name for it. */
const BEGUN = ['InitiateMultipartUploadResult', 'InitiateMultipartUpload'];

/** The slowest upload that is still waited for, once its last byte was handed over. */
const SLOWEST_UPLOAD_BYTES_PER_MS = 64;

/** The store port through the AWS SDK: one method for each S3 operation, one attempt each. */
export function createSdkStore(options: SdkStoreOptions): Store & WithLifecycle {
  const { caller, capabilities, signsPayload, readTimeoutMs } = options;
  const { algorithm } = capabilities;
  const sealed = sealedWith(options.customerKey);
  const isFullObject = combinesParts(algorithm, options.fullObjectCrc32);
  const payloadHash = (sums: { sha256?: string }): string | undefined =>
    signsPayload ? sums.sha256 : 'UNSIGNED-PAYLOAD';

  /** Runs a request that carries checksum headers, so that a refusal of those is learned from. */
  const teach = async <T>(request: (mode: ChecksumMode) => Promise<T>): Promise<T> => {
    const mode = capabilities.checksums;
    try {
      return await request(mode);
    } catch (error) {
      throw capabilities.learn(error, mode);
    }
  };

  const uploadLimitMs = (size: number): number => readTimeoutMs + size / SLOWEST_UPLOAD_BYTES_PER_MS;

  /** How a request with a body is called, whichever verb it is. */
  const callOf = (what: string, body: PartBody, signal: AbortSignal): CallOptions => ({
    signal,
    what,
    limitMs: uploadLimitMs(body.size),
    payloadHash: payloadHash(body.sums),
    roots: [],
  });

  return {
    endpoint: options.endpoint,
    shape: options.customerKey ? Buffer.from(options.customerKey).toString('hex') : '',
    describe,
    get wantedSums() {
      return capabilities.wantedSums;
    },

    stat: (object, { signal }) =>
      teach((mode) => {
        const what = `look at ${describe(object)}`;
        const make = (): object =>
          new HeadObjectCommand({
            ...addressOf(object),
            ...sealed,
            ...(mode === 'header' && { ChecksumMode: 'ENABLED' }),
          });
        return call(caller, make, { signal, what }, (output: HeadObjectCommandOutput, { headers }) => {
          if (output.ContentLength === undefined || unquote(output.ETag) === undefined) {
            throw notLikeS3(
              what,
              headers['content-type']?.startsWith('text/html')
                ? 'it sent a web page'
                : 'an object without size or ETag',
              'never',
            );
          }
          return infoOf(object.key, output);
        });
      }),

    async partSize(object, number, { signal, etag }) {
      const what = `look at part ${number} of ${describe(object)}`;
      const make = (): object =>
        new HeadObjectCommand({
          ...addressOf(object),
          ...sealed,
          PartNumber: number,
          ...(etag && { IfMatch: quote(etag) }),
        });
      try {
        return await call(caller, make, { signal, what }, (output: HeadObjectCommandOutput) =>
          // A server that does not know part numbers answers for the whole object, without a count.
          output.PartsCount === undefined ? undefined : output.ContentLength,
        );
      } catch (error) {
        if (error instanceof TransferError && error.recovery === 'never' && error.kind !== 'interrupted')
          return undefined;
        throw error;
      }
    },

    read: (object, range, { signal, etag }) =>
      readRange(caller, object, range, {
        what: `get ${describe(object)}`,
        signal,
        etag,
        readTimeoutMs,
        sealed,
      }),

    put: (object, body, { signal, onBytes, as = {} }) =>
      teach((mode) => {
        const what = `put ${describe(object)}`;
        const make: MakeCommand = (alive) =>
          new PutObjectCommand({
            ...addressOf(object),
            ...paramsOf(as),
            ...conditionOf(as),
            ...sealed,
            ...sending(mode, algorithm, body, onBytes, alive),
          });
        const options = callOf(what, body, signal);
        return call(caller, make, options, (output: PutObjectCommandOutput) => ({
          ...storedOf(what, body, output),
          versionId: output.VersionId,
        }));
      }),

    beginUpload: (object, { signal, as = {} }) =>
      teach((mode) => {
        const what = `begin the upload of ${describe(object)}`;
        const make = (): object =>
          new CreateMultipartUploadCommand({
            ...addressOf(object),
            ...paramsOf(as),
            ...sealed,
            ...(mode === 'header' && {
              ChecksumAlgorithm: CHECKSUMS[algorithm].name,
              ChecksumType: isFullObject ? 'FULL_OBJECT' : 'COMPOSITE',
            }),
          });
        return call(
          caller,
          make,
          { signal, what, roots: BEGUN, nonsense: 'never' },
          (output: CreateMultipartUploadCommandOutput) => {
            if (!output.UploadId) throw notLikeS3(what, 'no upload id in its answer', 'never');
            return { bucket: object.bucket, key: object.key, uploadId: output.UploadId };
          },
        );
      }),

    uploadPart: (upload, part, body, { signal, onBytes }) =>
      teach((mode) => {
        const what = partName(describe(upload), part);
        const make: MakeCommand = (alive) =>
          new UploadPartCommand({
            ...addressOf(upload),
            UploadId: upload.uploadId,
            PartNumber: part.number,
            ...sealed,
            ...sending(mode, algorithm, body, onBytes, alive),
          });
        const options = callOf(what, body, signal);
        return call(caller, make, options, (output: UploadPartCommandOutput) => ({
          number: part.number,
          ...storedOf(what, body, output),
        }));
      }),

    completeUpload: (upload, receipts, { signal, whole, local = [], condition }) =>
      completeUpload(caller, {
        upload,
        receipts,
        local,
        algorithm,
        whole: isFullObject ? whole : undefined,
        condition,
        what: `complete ${describe(upload)}`,
        signal,
      }),

    async abortUpload(upload, { signal }) {
      const what = `abort upload ${upload.uploadId} of ${describe(upload)}`;
      const make = (): object =>
        new AbortMultipartUploadCommand({ ...addressOf(upload), UploadId: upload.uploadId });
      try {
        return await call(caller, make, { signal, what }, () => 'aborted' as const);
      } catch (error) {
        if (error instanceof TransferError && error.kind === 'not-found' && error.code !== 'NoSuchBucket')
          return 'gone';
        throw error;
      }
    },

    lifecycle: createLifecycle(caller),
    ...createListings(caller, capabilities, describe),
  };
}

function describe({ bucket, key }: { bucket: string; key: string }): string {
  return `s3://${bucket}/${key}`;
}

/**
 * Whether a service makes one checksum of the whole object of those of its parts: SHA sums cannot be combined, and
 * CRC64NVME exists in no other form (docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
 */
function combinesParts(algorithm: HeaderAlgorithm, fullObjectCrc32: boolean): boolean {
  return algorithm === 'crc64nvme' || (isCombinable(algorithm) && fullObjectCrc32);
}

function checksumHeaders(mode: ChecksumMode, algorithm: HeaderAlgorithm, sums: Sums): object {
  if (mode === 'header') return checksumField(algorithm, sums);
  return mode === 'content-md5' && sums.md5 ? { ContentMD5: base64Of(sums.md5) } : {};
}

/** The body of one attempt, with what proves it on its way. */
function sending(
  mode: ChecksumMode,
  algorithm: HeaderAlgorithm,
  body: PartBody,
  onBytes: SendOptions['onBytes'],
  alive: () => void,
): object {
  return {
    ...checksumHeaders(mode, algorithm, body.sums),
    ContentLength: body.size,
    Body:
      body.size === 0
        ? ''
        : meteredBody(body, (total) => {
            alive();
            onBytes?.(total);
          }),
  };
}

/** What the answer to a body says was stored: without an ETag nothing was. */
function storedOf(what: string, body: PartBody, output: StoredOutput): Omit<PutReceipt, 'versionId'> {
  return {
    size: body.size,
    etag: requireEtag(what, unquote(output.ETag)),
    sums: sumsOf(stringsOf(output)),
    opaqueEtag: isOpaque(output),
  };
}
