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
import { detailsOf, TransferError } from '../transfer/errors.ts';
import { isCombinable } from '../transfer/combine.ts';
import type { PartBody, PutReceipt, Store } from '../transfer/ports.ts';
import { partName, requireEtag } from './answer.ts';
import type { Caller } from './caller.ts';
import { call, type CallOptions, type MakeCommand } from './call.ts';
import type { Capabilities, ChecksumChoice, ChecksumMode } from './capabilities.ts';
import { completeUpload } from './complete-upload.ts';
import { notLikeS3 } from './errors.ts';
import { sealedWith } from './fixed-headers.ts';
import { createLifecycle, type WithLifecycle } from './lifecycle.ts';
import { createListings } from './listing.ts';
import {
  addressOf,
  CHECKSUMS,
  type HeaderAlgorithm,
  infoOf,
  isOpaque,
  type StoredOutput,
  stringsOf,
  sumsOf,
} from './object-info.ts';
import { conditionOf, paramsOf } from './object-headers.ts';
import { readRange } from './read-range.ts';
import { sending } from './sending.ts';
import { quote, unquote } from './wire.ts';

export type SdkStoreOptions = {
  /** Names the server in what is remembered of it. */
  readonly endpoint: string;
  readonly caller: Caller;
  /** The checksum that was asked for. */
  readonly checksum: ChecksumChoice;
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

  /** The same for a request that asks for checksums. */
  const teachReading = async <T>(request: (asks: boolean) => Promise<T>): Promise<T> => {
    const asks = capabilities.readsChecksums;
    try {
      return await request(asks);
    } catch (error) {
      throw asks ? capabilities.learnReading(error) : error;
    }
  };

  /** How a request with a body is called, whichever verb it is. */
  const callOf = (what: string, body: PartBody, signal: AbortSignal): CallOptions => ({
    signal,
    what,
    limitMs: readTimeoutMs,
    payloadHash: payloadHash(body.sums),
    roots: [],
  });

  return {
    endpoint: options.endpoint,
    shape: JSON.stringify([options.checksum, Buffer.from(options.customerKey ?? []).toString('hex')]),
    describe,
    get wantedSums() {
      return capabilities.wantedSums;
    },

    stat: (object, { signal }) =>
      teachReading((asks) => {
        const what = `look at ${describe(object)}`;
        const make = (): object =>
          new HeadObjectCommand({
            ...addressOf(object),
            ...sealed,
            ...(asks && { ChecksumMode: 'ENABLED' }),
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
          requireSealed(what, options.customerKey, output);
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

    put: (object, body, { as = {}, ...how }) =>
      teach(async (mode) => {
        const what = `put ${describe(object)}`;
        const make: MakeCommand = (signs) =>
          new PutObjectCommand({
            ...addressOf(object),
            ...paramsOf(as),
            ...conditionOf(as),
            ...sealed,
            ...sending(mode, algorithm, body, how, signs, readTimeoutMs),
          });
        const request = callOf(what, body, how.signal);
        return await call(caller, make, request, (output: PutObjectCommandOutput) => {
          requireSealed(what, options.customerKey, output);
          return { ...storedOf(what, body, output), versionId: output.VersionId };
        }).catch((error: unknown) => Promise.reject(asConflict(error)));
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

    uploadPart: (upload, part, body, how) =>
      teach((mode) => {
        const what = partName(describe(upload), part);
        const make: MakeCommand = (signs) =>
          new UploadPartCommand({
            ...addressOf(upload),
            UploadId: upload.uploadId,
            PartNumber: part.number,
            ...sealed,
            ...sending(mode, algorithm, body, how, signs, readTimeoutMs),
          });
        return call(caller, make, callOf(what, body, how.signal), (output: UploadPartCommandOutput) => {
          requireSealed(what, options.customerKey, output);
          return { number: part.number, ...storedOf(what, body, output) };
        });
      }),

    completeUpload: (upload, receipts, { signal, whole, local = [], condition }) =>
      completeUpload(caller, {
        upload,
        receipts,
        local,
        algorithm,
        whole: isFullObject ? whole : undefined,
        condition,
        sealed,
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
    ...createListings(caller, capabilities, describe, sealed),
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

/**
 * A server that knows of the customer's key names its algorithm in every answer about the bytes; one that does not knows
 * of none, and has them in the clear.
 * @throws TransferError `unsupported`
 */
function requireSealed(what: string, customerKey: Uint8Array | undefined, output: StoredOutput): void {
  if (customerKey === undefined || output.SSECustomerAlgorithm !== undefined) return;
  throw new TransferError('unsupported', `${what}: the server ignores your key, and does not encrypt`, {
    hint: 'What is stored there can be read without it; delete it if nobody else may.',
  });
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

/** Another writer was faster by a moment: AWS says to ask again whether the condition holds. */
function asConflict(error: unknown): unknown {
  if (!(error instanceof TransferError) || error.code !== 'ConditionalRequestConflict') return error;
  return new TransferError('server', error.message, { ...detailsOf(error), recovery: 'again' });
}
