import {
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { Caller } from './call.ts';
import { unquote } from './encoding.ts';
import { createKeyDecoder, itself, page } from './list-page.ts';
import { withPrefixes } from './listed-names.ts';
import type { AskPage, ObjectPage, PageQuestion } from './object-page.ts';

type Output = ListObjectsV2CommandOutput & Pick<ListObjectsCommandOutput, 'NextMarker'>;

/** Pages of objects as the SDK asks for them and reads them. */
export function pagesBySdk(caller: Caller): AskPage {
  const decoderOf = createKeyDecoder();
  return async (question) => {
    const { what, options } = question;
    const make = (): object => commandOf(question);
    return pageOf(
      await page(caller, make, what, 'ListBucketResult', options, itself<Output>),
      question.prefix,
      decoderOf,
    );
  };
}

function commandOf({ version, bucket, prefix, delimiter, maxKeys, place }: PageQuestion): object {
  const { token, after } = place;
  const params = {
    Bucket: bucket,
    EncodingType: 'url' as const,
    ...(prefix && { Prefix: prefix }),
    ...(delimiter && { Delimiter: delimiter }),
    ...(maxKeys !== undefined && { MaxKeys: maxKeys }),
  };
  if (version === 'v1') return new ListObjectsCommand({ ...params, ...(after && { Marker: after }) });
  return new ListObjectsV2Command({
    ...params,
    ...(token ? { ContinuationToken: token } : after && { StartAfter: after }),
  });
}

/** An answer of the SDK, of either version, in our words. */
export function pageOf(output: Output, prefix = '', decoderOf = createKeyDecoder()): ObjectPage {
  const keys = [
    ...(output.Contents ?? []).map(({ Key }) => Key),
    ...(output.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
  ];
  const decode = decoderOf(output.EncodingType, keys, prefix);
  const objects = (output.Contents ?? []).map((object) => {
    const { Key = '', Size = Number.NaN, ETag, LastModified, StorageClass, ChecksumAlgorithm } = object;
    return {
      type: 'object' as const,
      key: decode(Key),
      size: Size,
      etag: unquote(ETag),
      lastModified: LastModified,
      storageClass: StorageClass,
      checksumAlgorithm: ChecksumAlgorithm?.[0],
    };
  });
  const prefixes = (output.CommonPrefixes ?? []).map(({ Prefix = '' }) => decode(Prefix));
  return {
    entries: withPrefixes(objects, prefixes),
    isTruncated: output.IsTruncated === true,
    isCounted: output.KeyCount !== undefined,
    nextToken: output.NextContinuationToken ?? '',
    nextMarker: decode(output.NextMarker ?? ''),
  };
}
