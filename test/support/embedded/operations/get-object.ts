import { type Answer, answerEmpty } from '../answer.ts';
import { sliceSegments } from '../blobs.ts';
import { findBucket, findObject, type StoredObject } from '../buckets.ts';
import { writeChecksumHeaders } from '../checksum-answers.ts';
import type { Checksum } from '../checksums.ts';
import { checkReadConditions } from '../conditions.ts';
import type { Exchange } from '../exchange.ts';
import { type ByteRange, formatContentRange, parseRange } from '../ranges.ts';
import { readNumber, type S3Request } from '../request.ts';
import { invalidRequest, S3Error } from '../s3-error.ts';
import { showStoredHeaders } from '../stored-headers.ts';

interface Selection {
  readonly range: ByteRange;
  readonly isPartial: boolean;
  /** The checksum of exactly the selected bytes, where one is known. */
  readonly checksum: Checksum | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** GetObject and HeadObject, which differ only in whether the body is sent. */
export function getObject({ buckets, blobs, request, ways }: Exchange): Answer {
  const object = findObject(findBucket(buckets, request.bucket), request.key);
  const common = describeObject(object);
  if (checkReadConditions(request.headers, object) === 'not modified') return answerEmpty(304, common);

  const selection = selectBytes(request, object);
  const { start, end } = selection.range;
  const wantsChecksum = request.headers.get('x-amz-checksum-mode') === 'ENABLED' && ways.checksums === 'kept';
  return {
    status: selection.isPartial ? 206 : 200,
    headers: {
      ...common,
      ...showStoredHeaders(object.headers),
      'accept-ranges': 'bytes',
      ...(selection.isPartial ? { 'content-range': formatContentRange(selection.range, object.size) } : {}),
      ...(wantsChecksum ? writeChecksumHeaders(selection.checksum) : {}),
      ...selection.headers,
      ...readOverrides(request.query),
    },
    body: blobs.lease(sliceSegments(object.bytes.segments, start, end)),
  };
}

function describeObject(object: StoredObject): Record<string, string> {
  const tags = new URLSearchParams(object.tagging).size;
  return {
    etag: `"${object.etag}"`,
    'last-modified': object.lastModified.toUTCString(),
    ...(tags > 0 ? { 'x-amz-tagging-count': String(tags) } : {}),
  };
}

function selectBytes(request: S3Request, object: StoredObject): Selection {
  const header = request.headers.get('range');
  if (request.query.has('partNumber')) {
    if (header !== undefined)
      throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
    return selectPart(object, readNumber(request.query, 'partNumber', 1, Number.MAX_SAFE_INTEGER));
  }
  const range = parseRange(header, object.size);
  if (range !== undefined) return { range, isPartial: true, checksum: undefined, headers: {} };
  return { range: { start: 0, end: object.size }, isPartial: false, checksum: object.checksum, headers: {} };
}

function selectPart(object: StoredObject, number: number): Selection {
  const parts = object.parts ?? [{ size: object.size, checksum: object.checksum }];
  // Parts are counted as they stand in the object, whatever numbers they were uploaded with.
  const part = parts[number - 1];
  if (part === undefined) {
    throw new S3Error(416, 'InvalidPartNumber', 'The requested partnumber is not satisfiable');
  }
  const start = parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  return {
    range: { start, end: start + part.size },
    // An empty range cannot be written as a Content-Range.
    isPartial: part.size > 0,
    checksum: part.checksum,
    headers: object.parts === undefined ? {} : { 'x-amz-mp-parts-count': String(parts.length) },
  };
}

function readOverrides(query: URLSearchParams): Record<string, string> {
  const overridable =
    /^response-(content-type|content-language|expires|cache-control|content-disposition|content-encoding)$/;
  const overrides: Record<string, string> = {};
  for (const [parameter, value] of query) {
    const name = overridable.exec(parameter)?.[1];
    if (name !== undefined) overrides[name] = value;
  }
  return overrides;
}
