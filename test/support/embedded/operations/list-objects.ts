import { type Answer, answerXml } from '../answer.ts';
import { findBucket, type StoredObject } from '../buckets.ts';
import type { Exchange } from '../exchange.ts';
import { compareKeys } from '../key-order.ts';
import { chooseKeyEncoding, listPage, type Page, type WriteKey, writeListingHead } from '../listing.ts';
import { readNumber } from '../request.ts';
import { invalidArgument } from '../s3-error.ts';
import { branch, leaf } from '../xml.ts';

const PAGE = 1000;

/** ListObjectsV2. */
export function listObjectsV2(exchange: Exchange): Answer {
  const { query, bucket } = exchange.request;
  const token = query.get('continuation-token');
  if (token === '') throw invalidArgument('The continuation token provided is incorrect');
  const startAfter = query.get('start-after');
  // The token is a place, not a page: it stays right when keys come and go between pages.
  const marker = token === null ? (startAfter ?? '') : Buffer.from(token, 'base64url').toString();
  const page = listBucket(exchange, marker);
  const writeKey = chooseKeyEncoding(query);
  return answerXml('ListBucketResult', [
    leaf('Name', bucket),
    leaf('KeyCount', page.entries.length + page.commonPrefixes.length),
    leaf('MaxKeys', readNumber(query, 'max-keys', PAGE, PAGE)),
    leaf('StartAfter', startAfter === null ? undefined : writeKey(startAfter)),
    leaf('ContinuationToken', token ?? undefined),
    leaf('NextContinuationToken', page.next && Buffer.from(page.next.key).toString('base64url')),
    ...writeListingHead(query, page, writeKey),
    ...page.entries.map((object) => writeObject(object, writeKey)),
  ]);
}

/** ListObjects, the first version. */
export function listObjects(exchange: Exchange): Answer {
  const { query, bucket } = exchange.request;
  const marker = query.get('marker') ?? '';
  const page = listBucket(exchange, marker);
  const writeKey = chooseKeyEncoding(query);
  // S3 names the next marker only with a delimiter; without one it is the last key.
  const hasNextMarker = page.next !== undefined && query.has('delimiter');
  return answerXml('ListBucketResult', [
    leaf('Name', bucket),
    leaf('MaxKeys', readNumber(query, 'max-keys', PAGE, PAGE)),
    leaf('Marker', writeKey(marker)),
    leaf('NextMarker', hasNextMarker ? writeKey(page.next.key) : undefined),
    ...writeListingHead(query, page, writeKey),
    ...page.entries.map((object) => writeObject(object, writeKey)),
  ]);
}

function listBucket({ buckets, request }: Exchange, marker: string): Page<StoredObject> {
  const { objects } = findBucket(buckets, request.bucket);
  const prefix = request.query.get('prefix') ?? '';
  const matching = [...objects.values()].filter(({ key }) => key.startsWith(prefix));
  return listPage(
    matching.toSorted((left, right) => compareKeys(left.key, right.key)),
    {
      prefix,
      delimiter: request.query.get('delimiter') ?? '',
      marker,
      limit: readNumber(request.query, 'max-keys', PAGE, PAGE),
    },
  );
}

function writeObject(object: StoredObject, writeKey: WriteKey): string {
  return branch('Contents', [
    leaf('Key', writeKey(object.key)),
    leaf('LastModified', object.lastModified.toISOString()),
    leaf('ETag', `"${object.etag}"`),
    leaf('ChecksumAlgorithm', object.checksum?.algorithm),
    leaf('ChecksumType', object.checksum?.type),
    leaf('Size', object.size),
    leaf('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD'),
  ]);
}
