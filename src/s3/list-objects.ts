import {
  ListBucketsCommand,
  type ListBucketsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { ListedEntry, PageOptions, Store } from '../transfer/ports.ts';
import type { Caller } from './caller.ts';
import { decoderOf, mustAdvance, page } from './list-page.ts';
import { unquote } from './wire.ts';

/** The buckets of the account. */
export async function* listBuckets(caller: Caller, options: PageOptions): ReturnType<Store['listBuckets']> {
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

/** The objects and common prefixes of a bucket, in key order. */
export async function* listObjects(
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
