import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
} from '@aws-sdk/client-s3';
import type { CompletedUpload, Sums } from '../transfer/ports.ts';
import { call, type Caller } from './call.ts';
import { COMPLETED, type CompleteRequest } from './complete-request.ts';
import { quote, unquote } from './encoding.ts';
import { conditionOf } from './object-headers.ts';
import { addressOf, checksumField, versionOf } from './object-info.ts';

/** CompleteMultipartUpload through the SDK. `sealed`: the customer's key as it takes it. */
export async function sendComplete(
  caller: Caller,
  request: CompleteRequest & { readonly sealed: object; readonly sums: readonly Sums[] | undefined },
): Promise<CompletedUpload> {
  const { upload, receipts, algorithm, whole, size, condition, sealed, what, signal, sums } = request;
  const make = (): object =>
    new CompleteMultipartUploadCommand({
      ...addressOf(upload),
      ...conditionOf({ condition }),
      ...sealed,
      UploadId: upload.uploadId,
      ...(size !== undefined && { MpuObjectSize: size }),
      MultipartUpload: {
        Parts: receipts.map(({ number, etag }, index) =>
          Object.assign(
            { PartNumber: number, ETag: quote(etag) },
            checksumField(algorithm, sums?.[index] ?? {}),
          ),
        ),
      },
      ...(sums && whole?.[algorithm] && { ...checksumField(algorithm, whole), ChecksumType: 'FULL_OBJECT' }),
    });
  const rules = { signal, what, ...COMPLETED };
  return await call(caller, make, rules, (output: CompleteMultipartUploadCommandOutput) => ({
    etag: unquote(output.ETag),
    versionId: versionOf(output.VersionId),
  }));
}
