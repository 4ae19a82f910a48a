import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandOutput,
  UploadPartCommand,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import { readByRange } from '../transfer/read-whole.ts';
import type { ObjectLocation, PartBody, Range, ReadOptions, Store } from '../transfer/ports.ts';
import { partName } from './answer.ts';
import { FIRST_BYTE, type Looked, lookTwice } from './ask-by-get.ts';
import { asGone, BEGUN_ROOTS, dateOf } from './begun.ts';
import { call, type Caller, type CallOptions, type MakeCommand, open } from './call.ts';
import { completeUpload } from './complete-upload.ts';
import { sendComplete } from './send-complete.ts';
import { notLikeS3 } from './errors.ts';
import { sealedWith } from './fixed-headers.ts';
import { createLifecycle, type WithLifecycle } from './lifecycle.ts';
import { createListings } from './listing.ts';
import { addressOf, CHECKSUMS, versionOf } from './object-info.ts';
import { conditionOf, paramsOf } from './object-headers.ts';
import { LIMITS, rangeHeader, type RangeOutput, readRange } from './read-range.ts';
import { sending } from './sending.ts';
import { asConflict, describe, requireSealed, statOf, storedOf } from './stored.ts';
import type { OpenCall } from './supervise.ts';
import { createTeach } from './teach.ts';
import { payloadHashOf, type StoreSettings } from './store-settings.ts';
import { quote } from './encoding.ts';

export type SdkStoreOptions = StoreSettings & {
  readonly caller: Caller;
};

/** The store port through the AWS SDK: one method for each S3 operation, one attempt each. */
export function createSdkStore(options: SdkStoreOptions): Store & WithLifecycle {
  const { caller, capabilities, readTimeoutMs } = options;
  const { algorithm } = capabilities;
  const teach = createTeach(capabilities);
  const sealed = sealedWith(options.customerKey);

  /** How a request with a body is called, whichever verb it is. */
  const callOf = (what: string, body: PartBody, signal: AbortSignal): CallOptions => ({
    signal,
    what,
    limitMs: readTimeoutMs,
    payloadHash: payloadHashOf(options, body),
    roots: [],
  });

  const openRange = async (
    object: ObjectLocation,
    range: Range,
    signal: AbortSignal,
    what: string,
    { etag, lastModified }: Partial<ReadOptions> = {},
  ): Promise<OpenCall<RangeOutput>> => {
    const make = (): object =>
      new GetObjectCommand({
        ...addressOf(object),
        ...sealed,
        Range: rangeHeader(range),
        ...(etag ? { IfMatch: quote(etag) } : lastModified && { IfUnmodifiedSince: lastModified }),
      });
    return await open<RangeOutput>(caller, make, { signal, what, limitMs: readTimeoutMs, ...LIMITS });
  };

  const store: Store & WithLifecycle = {
    endpoint: options.endpoint,
    shape: options.shape,
    describe,
    get wantedSums() {
      return capabilities.wantedSums;
    },

    stat: (object, { signal }) =>
      teach.reading(async (asks) => {
        const what = `look at ${describe(object)}`;
        const make = (): object =>
          new HeadObjectCommand({
            ...addressOf(object),
            ...sealed,
            ...(asks && { ChecksumMode: 'ENABLED' }),
          });
        const head = (): Promise<Looked> =>
          call(caller, make, { signal, what }, (output: HeadObjectCommandOutput, { headers }) => ({
            output,
            headers,
          }));
        const { output, headers } = await lookTwice(head, () => openRange(object, FIRST_BYTE, signal, what));
        return statOf(what, object.key, output, headers, options.customerKey);
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

    readWhole: async (object, how) => await readByRange(store, object, how),
    read(object, range, options) {
      const { signal } = options;
      const what = `get ${describe(object)}`;
      return readRange(what, range, options, () => openRange(object, range, signal, what, options));
    },

    put: (object, body, { as = {}, ...how }) =>
      teach.sending(async (mode) => {
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
          return { ...storedOf(what, body, output), versionId: versionOf(output.VersionId) };
        }).catch((error: unknown) => Promise.reject(asConflict(error)));
      }, body),

    beginUpload: (object, { signal, as = {} }) =>
      teach.sending((mode) => {
        const what = `begin the upload of ${describe(object)}`;
        const make = (): object =>
          new CreateMultipartUploadCommand({
            ...addressOf(object),
            ...paramsOf(as),
            ...sealed,
            ...(mode === 'header' && {
              ChecksumAlgorithm: CHECKSUMS[algorithm].name,
              ChecksumType: options.combinesParts ? 'FULL_OBJECT' : 'COMPOSITE',
            }),
          });
        return call(
          caller,
          make,
          { signal, what, roots: BEGUN_ROOTS, nonsense: 'never' },
          (output: CreateMultipartUploadCommandOutput, { headers }) => {
            if (!output.UploadId) throw notLikeS3(what, 'no upload id in its answer', 'never');
            const { bucket, key } = object;
            return { bucket, key, uploadId: output.UploadId, begunAt: dateOf(headers) };
          },
        );
      }),

    uploadPart: (upload, part, body, how) =>
      teach.sending((mode) => {
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
      }, body),

    completeUpload: (upload, receipts, { signal, whole, local = [], condition, size }) =>
      completeUpload({ receipts, local, size, capabilities }, (sums, told) =>
        sendComplete(caller, {
          upload,
          receipts,
          algorithm,
          sums: sums.parts,
          size: told,
          whole: sums.isWholeTold && options.combinesParts ? whole : undefined,
          condition,
          sealed,
          what: `complete ${describe(upload)}`,
          signal,
        }),
      ),

    async abortUpload(upload, { signal }) {
      const what = `abort upload ${upload.uploadId} of ${describe(upload)}`;
      const make = (): object =>
        new AbortMultipartUploadCommand({ ...addressOf(upload), UploadId: upload.uploadId });
      return await call(caller, make, { signal, what }, () => 'aborted' as const).catch(asGone);
    },

    lifecycle: createLifecycle(caller),
    ...createListings(caller, capabilities, describe, sealed),
  };
  return store;
}
