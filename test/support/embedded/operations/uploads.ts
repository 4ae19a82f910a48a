import { randomBytes } from 'node:crypto';
import { type Answer, answerEmpty, answerXml } from '../answer.ts';
import { findBucket, findUpload, removeObject, removeUpload, type Upload } from '../buckets.ts';
import { checksumTypes, parseAlgorithm } from '../checksums.ts';
import type { Exchange } from '../exchange.ts';
import { compareKeys } from '../key-order.ts';
import { chooseKeyEncoding, listPage, writeListingHead } from '../listing.ts';
import { readNumber } from '../request.ts';
import { invalidRequest } from '../s3-error.ts';
import { pickStoredHeaders } from '../stored-headers.ts';
import { branch, leaf } from '../xml.ts';

const PAGE = 1000;

/** CreateMultipartUpload. */
export function createUpload({ buckets, clock, request, ways }: Exchange): Answer {
  const bucket = findBucket(buckets, request.bucket);
  const { headers, key } = request;
  const checksum = ways.checksums === 'kept' ? readChecksum(headers) : undefined;
  const upload: Upload = {
    id: createUploadId(),
    key,
    initiated: clock.now(),
    headers: pickStoredHeaders(headers),
    tagging: headers.get('x-amz-tagging') ?? '',
    checksum,
    parts: new Map(),
  };
  bucket.uploads.set(upload.id, upload);
  return answerXml(
    'InitiateMultipartUploadResult',
    [leaf('Bucket', bucket.name), leaf('Key', key), leaf('UploadId', upload.id)],
    checksum && { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type },
  );
}

/** AbortMultipartUpload. */
export function abortUpload({ buckets, request, ways }: Exchange): Answer {
  const bucket = findBucket(buckets, request.bucket);
  removeUpload(bucket, findUpload(bucket, request.key, request.query.get('uploadId')));
  if (ways.abortDeletes) removeObject(bucket, request.key);
  return answerEmpty(204);
}

/** ListMultipartUploads. */
export function listUploads({ buckets, request, ways }: Exchange): Answer {
  const { query } = request;
  const bucket = findBucket(buckets, request.bucket);
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  // An id without a key is no place in the listing.
  const idMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const isListed = ({ key }: Upload): boolean => {
    if (ways.uploadsByPrefix === 'all') return true;
    return key === prefix || (prefix === '' && ways.uploadsByPrefix === 'exact-key');
  };
  const sorted = [...bucket.uploads.values()].filter(isListed).toSorted(compareUploads);
  const limit = readNumber(query, 'max-uploads', PAGE, PAGE);
  const page = listPage(sorted, {
    prefix,
    delimiter: query.get('delimiter') ?? '',
    marker: keyMarker,
    isAfterMarker: (upload) => idMarker !== '' && upload.id > idMarker,
    limit,
  });
  const { next } = page;
  const writeKey = chooseKeyEncoding(query);
  return answerXml('ListMultipartUploadsResult', [
    leaf('Bucket', bucket.name),
    leaf('KeyMarker', writeKey(keyMarker)),
    leaf('UploadIdMarker', idMarker),
    leaf('NextKeyMarker', next && writeKey(next.key)),
    leaf('NextUploadIdMarker', next && ('id' in next ? next.id : '')),
    leaf('MaxUploads', limit),
    ...writeListingHead(query, page, writeKey),
    ...page.entries.map((upload) =>
      branch('Upload', [
        leaf('Key', writeKey(upload.key)),
        leaf('UploadId', upload.id),
        leaf('StorageClass', upload.headers['x-amz-storage-class'] ?? 'STANDARD'),
        leaf('Initiated', upload.initiated.toISOString()),
        leaf('ChecksumAlgorithm', upload.checksum?.algorithm),
        leaf('ChecksumType', upload.checksum?.type),
      ]),
    ),
  ]);
}

function readChecksum(headers: ReadonlyMap<string, string>): Upload['checksum'] {
  const name = headers.get('x-amz-checksum-algorithm');
  const wantedType = headers.get('x-amz-checksum-type');
  if (name === undefined) {
    if (wantedType === undefined) return undefined;
    throw invalidRequest('The x-amz-checksum-type header can only be used with x-amz-checksum-algorithm.');
  }
  const algorithm = parseAlgorithm(name);
  if (algorithm === undefined) throw invalidRequest('Checksum algorithm provided is unsupported.');
  const types = checksumTypes(algorithm);
  const type = wantedType === undefined ? types[0] : types.find((candidate) => candidate === wantedType);
  if (type === undefined) {
    throw invalidRequest(
      `The ${wantedType} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

let created = 0;

// Ids grow, so an upload-id marker means a place in the listing even after its upload is gone.
function createUploadId(): string {
  created += 1;
  return created.toString(36).padStart(9, '0') + randomBytes(16).toString('hex');
}

function compareUploads(left: Upload, right: Upload): number {
  return compareKeys(left.key, right.key) || (left.id < right.id ? -1 : 1);
}
