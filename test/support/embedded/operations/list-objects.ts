import { type Answer, answerXml } from '../answer.ts';
import { findBucket, type StoredObject } from '../buckets.ts';
import type { Exchange } from '../exchange.ts';
import { compareKeys } from '../key-order.ts';
import { chooseKeyEncoding, listPage, type Page, type WriteKey, writeListingHead } from '../listing.ts';
import { readNumber } from '../request.ts';
import { invalidArgument, notImplemented } from '../s3-error.ts';
import { branch, leaf } from '../xml.ts';

/** ListObjectsV2. */
export function listObjectsV2(exchange: Exchange): Answer {
  const { listV2 } = exchange.ways;
  if (listV2 === 'refused') throw notImplemented('ListObjectsV2');
  // Who ignores the version ignores its parameters too.
  if (listV2 === 'ignored') return listObjects(exchange);
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
    leaf('MaxKeys', maxKeysOf(exchange)),
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
    leaf('MaxKeys', maxKeysOf(exchange)),
    leaf('Marker', writeKey(marker)),
    leaf('NextMarker', hasNextMarker ? writeKey(page.next.key) : undefined),
    ...writeListingHead(query, page, writeKey),
    ...page.entries.map((object) => writeObject(object, writeKey)),
  ]);
}

/** ListObjectVersions of a bucket that was never versioned: one version of each object, with the id "null". */
export function listVersions(exchange: Exchange): Answer {
  const { query, bucket } = exchange.request;
  const keyMarker = query.get('key-marker') ?? '';
  const page = listBucket(exchange, keyMarker);
  const writeKey = chooseKeyEncoding(query);
  return answerXml('ListVersionsResult', [
    leaf('Name', bucket),
    leaf('MaxKeys', maxKeysOf(exchange)),
    leaf('KeyMarker', writeKey(keyMarker)),
    leaf('NextKeyMarker', page.next && writeKey(page.next.key)),
    leaf('NextVersionIdMarker', page.next && 'null'),
    ...writeListingHead(query, page, writeKey),
    ...page.entries.map((object) => branch('Version', versionOf(object, writeKey))),
  ]);
}

function versionOf(object: StoredObject, writeKey: WriteKey): string[] {
  return [leaf('VersionId', 'null'), leaf('IsLatest', true), ...describeObject(object, writeKey)];
}

function maxKeysOf({ request, ways }: Exchange): number {
  return readNumber(request.query, 'max-keys', ways.pageSize, ways.pageSize);
}

function listBucket(exchange: Exchange, marker: string): Page<StoredObject> {
  const { buckets, request } = exchange;
  const { objects } = findBucket(buckets, request.bucket);
  const prefix = request.query.get('prefix') ?? '';
  const matching = [...objects.values()].filter(({ key }) => key.startsWith(prefix));
  return listPage(
    matching.toSorted((left, right) => compareKeys(left.key, right.key)),
    {
      prefix,
      delimiter: request.query.get('delimiter') ?? '',
      marker,
      limit: maxKeysOf(exchange),
    },
  );
}

function writeObject(object: StoredObject, writeKey: WriteKey): string {
  return branch('Contents', describeObject(object, writeKey));
}

function describeObject(object: StoredObject, writeKey: WriteKey): string[] {
  return [
    leaf('Key', writeKey(object.key)),
    leaf('LastModified', object.lastModified.toISOString()),
    leaf('ETag', `"${object.etag}"`),
    leaf('ChecksumAlgorithm', object.checksum?.algorithm),
    leaf('ChecksumType', object.checksum?.type),
    leaf('Size', object.size),
    leaf('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD'),
  ];
}
