import {
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import type { ListedEntry, ListOptions } from '../transfer/ports.ts';
import type { Caller } from './call.ts';
import type { Capabilities } from './capabilities.ts';
import { notLikeS3 } from './errors.ts';
import { decoderOf, itself, page } from './list-page.ts';
import { isBehind, nameOf, withPrefixes } from './listed-names.ts';
import { unquote } from './encoding.ts';

/** Where a page begins: behind a key, or, more exactly, where a token says. */
type Place = { readonly token: string; readonly after: string };

/** A page in our words; `next` is where the one after it begins. */
type ObjectPage = { readonly entries: readonly ListedEntry[]; readonly next: Place | undefined };

/** What every page of one listing is asked for. */
type Question = {
  readonly what: string;
  readonly params: object;
  readonly options: ListOptions;
  readonly place: Place;
};

/**
 * The objects and common prefixes of a bucket, in key order; by the first version of the request where the
 * server does not know the second.
 */
export async function* listObjects(
  caller: Caller,
  capabilities: Pick<Capabilities, 'listing' | 'listByV1'>,
  bucket: string,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<ListedEntry> {
  const what = `list s3://${bucket}/${prefix}`;
  const { delimiter, startAfter = '', limit = Number.POSITIVE_INFINITY } = options;
  let left = limit;
  let last = startAfter;
  for (let place: Place | undefined = { token: '', after: startAfter }; place && left > 0; ) {
    const params = {
      Bucket: bucket,
      EncodingType: 'url',
      ...(prefix && { Prefix: prefix }),
      ...(delimiter && { Delimiter: delimiter }),
      ...(left < 1000 && { MaxKeys: left }),
    };
    const found: ObjectPage = await pageOf(caller, capabilities, { what, params, options, place });
    // A server that ignored where the page was to begin says again what is known.
    const after = last;
    const fresh = after === '' ? found.entries : found.entries.filter((entry) => isBehind(entry, after));
    for (const entry of fresh) {
      if (left-- <= 0) return;
      last = nameOf(entry);
      yield entry;
    }
    if (found.next && isSame(found.next, place))
      throw notLikeS3(what, 'its listing does not advance', 'never');
    place = found.next;
  }
}

/** A repeated marker or token would go round in a circle. */
function isSame(next: Place, place: Place): boolean {
  return next.token === '' ? next.after === '' || next.after === place.after : next.token === place.token;
}

async function pageOf(
  caller: Caller,
  capabilities: Pick<Capabilities, 'listing' | 'listByV1'>,
  question: Question,
): Promise<ObjectPage> {
  if (capabilities.listing === 'v1') return await pageByV1(caller, question);
  try {
    return await pageByV2(caller, capabilities, question);
  } catch (error) {
    if (!(error instanceof TransferError) || error.kind !== 'unsupported') throw error;
    const found = await pageByV1(caller, question);
    capabilities.listByV1();
    return found;
  }
}

async function pageByV2(
  caller: Caller,
  capabilities: Pick<Capabilities, 'listByV1'>,
  question: Question,
): Promise<ObjectPage> {
  const { what, params, options, place } = question;
  const { token, after } = place;
  const make = (): object =>
    new ListObjectsV2Command({
      Bucket: '',
      ...params,
      ...(token ? { ContinuationToken: token } : after && { StartAfter: after }),
    });
  const output = await page(
    caller,
    make,
    what,
    'ListBucketResult',
    options,
    itself<ListObjectsV2CommandOutput>,
  );
  const entries = entriesOf(output);
  if (output.IsTruncated !== true) return { entries, next: undefined };
  const nextToken = output.NextContinuationToken ?? '';
  // A truncated page with neither count nor token is one of the first version: the server ignored the second, and
  // where it was to begin.
  if (nextToken === '' && output.KeyCount === undefined) {
    capabilities.listByV1();
    return await pageByV1(caller, question);
  }
  return { entries, next: { token: nextToken, after: lastName(entries) ?? after } };
}

async function pageByV1(caller: Caller, { what, params, options, place }: Question): Promise<ObjectPage> {
  const make = (): object =>
    new ListObjectsCommand({ Bucket: '', ...params, ...(place.after && { Marker: place.after }) });
  const output = await page(
    caller,
    make,
    what,
    'ListBucketResult',
    options,
    itself<ListObjectsCommandOutput>,
  );
  const entries = entriesOf(output);
  if (output.IsTruncated !== true) return { entries, next: undefined };
  // The marker is told only with a delimiter, and not by every server then.
  const marker = decoderOf(output.EncodingType)(output.NextMarker ?? '');
  return { entries, next: marker ? { token: '', after: marker } : placeBehind(entries) };
}

function lastName(entries: readonly ListedEntry[]): string | undefined {
  const last = entries.at(-1);
  return last && nameOf(last);
}

function placeBehind(entries: readonly ListedEntry[]): Place {
  return { token: '', after: lastName(entries) ?? '' };
}

/** Objects and common prefixes of one page, merged into one order. */
function entriesOf(output: ListObjectsV2CommandOutput | ListObjectsCommandOutput): ListedEntry[] {
  const decode = decoderOf(output.EncodingType);
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
  return withPrefixes(objects, output.CommonPrefixes, decode);
}
