import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import type { ObjectOptions } from '../transfer/object-options.ts';
import type { CompletedUpload, Receipt, Sums, UploadHandle } from '../transfer/ports.ts';
import { call, type Caller, type CallOptions, COMPLETE_LIMIT_MS } from './call.ts';
import { addressOf, checksumField, type HeaderAlgorithm } from './object-info.ts';
import { conditionOf } from './object-headers.ts';
import { quote, unquote } from './encoding.ts';

/** An upload and all that is known of its parts, in order of number. */
export type CompleteRequest = {
  readonly upload: UploadHandle;
  readonly receipts: readonly Receipt[];
  /** What was computed here over the bytes of each part. */
  readonly local: readonly Sums[];
  readonly algorithm: HeaderAlgorithm;
  /** The checksum of the whole object that the service is to make of those of the parts, where it makes one. */
  readonly whole: Sums | undefined;
  readonly condition: ObjectOptions['condition'];
  /** The customer's key, as the SDK takes it: S3 wants it again where checksums are told. */
  readonly sealed: object;
  readonly what: string;
  readonly signal: AbortSignal;
};

/**
 * Completes an upload. Whether the checksums of the parts must be told again cannot always be seen: a server that
 * dropped them must not be told, one that keeps them insists, and some leave them out of the list of parts. A
 * refusal for that reason is certain, nothing has happened: then the other way is right.
 */
export async function completeUpload(caller: Caller, request: CompleteRequest): Promise<CompletedUpload> {
  const { receipts, local, algorithm } = request;
  const sums = receipts.map((receipt, index): Sums => ({ ...local[index], ...receipt.sums }));
  const areKnown = sums.every((sum) => sum[algorithm] !== undefined);
  const areEchoed = receipts.some((receipt) => receipt.sums[algorithm] !== undefined);
  const tells = areKnown && areEchoed;
  try {
    return await send(caller, request, tells ? sums : undefined);
  } catch (error) {
    if (!areKnown || !isAboutParts(error)) throw error;
    return await send(caller, request, tells ? undefined : sums).catch((second: unknown) =>
      Promise.reject(isAboutParts(second) ? error : second),
    );
  }
}

function isAboutParts(error: unknown): boolean {
  if (!(error instanceof TransferError) || error.status !== 400) return false;
  return error.code === 'InvalidPart' || error.code === 'InvalidRequest';
}

async function send(
  caller: Caller,
  { upload, receipts, algorithm, whole, condition, sealed, what, signal }: CompleteRequest,
  sums: readonly Sums[] | undefined,
): Promise<CompletedUpload> {
  const make = (): object =>
    new CompleteMultipartUploadCommand({
      ...addressOf(upload),
      ...conditionOf({ condition }),
      ...sealed,
      UploadId: upload.uploadId,
      MultipartUpload: {
        Parts: receipts.map(({ number, etag }, index) => ({
          PartNumber: number,
          ETag: quote(etag),
          ...checksumField(algorithm, sums?.[index] ?? {}),
        })),
      },
      ...(sums && whole?.[algorithm] && { ...checksumField(algorithm, whole), ChecksumType: 'FULL_OBJECT' }),
    });
  const calling: CallOptions = {
    signal,
    what,
    limitMs: COMPLETE_LIMIT_MS,
    roots: ['CompleteMultipartUploadResult'],
    // Even an answer that makes no sense may follow the deed: only repeating or looking tells.
    nonsense: 'again',
  };
  return await call(caller, make, calling, (output: CompleteMultipartUploadCommandOutput) => ({
    etag: unquote(output.ETag),
    versionId: output.VersionId,
  }));
}
