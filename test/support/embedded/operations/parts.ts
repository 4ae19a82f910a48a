import { type Answer, answerEmpty, answerXml } from '../answer.ts';
import { type Lease, sliceSegments } from '../blobs.ts';
import { type Measured, measureSegments, readDeclaredAlgorithm, receiveBody } from '../body.ts';
import { findBucket, findUpload, type StoredPart, type Upload } from '../buckets.ts';
import { writeChecksumElements, writeChecksumHeaders } from '../checksum-answers.ts';
import type { ChecksumAlgorithm } from '../checksums.ts';
import { findCopySource } from '../copy-source.ts';
import { createEtag } from '../etags.ts';
import type { Exchange } from '../exchange.ts';
import { parseRange } from '../ranges.ts';
import { readNumber } from '../request.ts';
import { invalidArgument, invalidRequest, notImplemented } from '../s3-error.ts';
import { branch, leaf } from '../xml.ts';

const LARGEST_NUMBER = 10_000;
const PAGE = 1000;

/** UploadPart. */
export async function uploadPart(exchange: Exchange): Promise<Answer> {
  const upload = findRequestedUpload(exchange);
  const number = readPartNumber(exchange);
  const declared = readDeclaredAlgorithm(exchange);
  checkAlgorithm(upload, declared);
  const body = receiveBody(exchange, declared, upload.checksum?.algorithm);
  const bytes = await exchange.blobs.write(body.chunks, () => body.measured().size);
  const part = keepPart(exchange, number, bytes, body.measured());
  return answerEmpty(200, { etag: `"${part.etag}"`, ...writeChecksumHeaders(part.checksum) });
}

/** UploadPartCopy; the part shares the source's files. */
export async function uploadPartCopy(exchange: Exchange): Promise<Answer> {
  const upload = findRequestedUpload(exchange);
  const number = readPartNumber(exchange);
  const source = findCopySource(exchange);
  const header = exchange.request.headers.get('x-amz-copy-source-range');
  const range = parseRange(header, source.size);
  if (header !== undefined && (range === undefined || !isExact(header, range.end))) {
    throw invalidArgument('The x-amz-copy-source-range value must be of the form bytes=first-last');
  }
  const { start, end } = range ?? { start: 0, end: source.size };
  const bytes = exchange.blobs.lease(sliceSegments(source.bytes.segments, start, end));
  try {
    const measured = await measureSegments(bytes.segments, upload.checksum?.algorithm);
    const part = keepPart(exchange, number, bytes, measured);
    return answerXml('CopyPartResult', [
      leaf('ETag', `"${part.etag}"`),
      leaf('LastModified', part.lastModified.toISOString()),
      writeChecksumElements(part.checksum),
    ]);
  } catch (error) {
    bytes.release();
    throw error;
  }
}

/** ListParts. */
export function listParts(exchange: Exchange): Answer {
  if (exchange.ways.listParts === 'refused') throw notImplemented('ListParts');
  const { query, key, bucket } = exchange.request;
  const upload = findRequestedUpload(exchange);
  const marker = readNumber(query, 'part-number-marker', 0, Number.MAX_SAFE_INTEGER);
  const limit = readNumber(query, 'max-parts', PAGE, PAGE);
  const following = [...upload.parts.values()]
    .filter((part) => part.number > marker)
    .toSorted((left, right) => left.number - right.number);
  const page = following.slice(0, limit);
  const isTruncated = page.length > 0 && following.length > page.length;
  return answerXml('ListPartsResult', [
    leaf('Bucket', bucket),
    leaf('Key', key),
    leaf('UploadId', upload.id),
    leaf('StorageClass', upload.headers['x-amz-storage-class'] ?? 'STANDARD'),
    leaf('PartNumberMarker', marker),
    leaf('NextPartNumberMarker', page.at(-1)?.number),
    leaf('MaxParts', limit),
    leaf('IsTruncated', isTruncated),
    leaf('ChecksumAlgorithm', upload.checksum?.algorithm),
    leaf('ChecksumType', upload.checksum?.type),
    ...page.map((part) =>
      branch('Part', [
        leaf('PartNumber', part.number),
        leaf('LastModified', part.lastModified.toISOString()),
        leaf('ETag', `"${part.etag}"`),
        leaf('Size', part.size),
        writeChecksumElements(part.checksum),
      ]),
    ),
  ]);
}

function findRequestedUpload({ buckets, request }: Exchange): Upload {
  return findUpload(findBucket(buckets, request.bucket), request.key, request.query.get('uploadId'));
}

function readPartNumber({ request }: Exchange): number {
  const number = readNumber(request.query, 'partNumber', 0, Number.MAX_SAFE_INTEGER);
  if (number >= 1 && number <= LARGEST_NUMBER) return number;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive');
}

function checkAlgorithm(upload: Upload, declared: ChecksumAlgorithm | undefined): void {
  if (upload.checksum === undefined || declared === undefined) return;
  if (declared !== upload.checksum.algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${declared.toLowerCase()}`,
    );
  }
}

function keepPart(exchange: Exchange, number: number, bytes: Lease, measured: Measured): StoredPart {
  let upload: Upload;
  try {
    // Again: the upload may have been aborted or completed while the bytes were on their way.
    upload = findRequestedUpload(exchange);
  } catch (error) {
    bytes.release();
    throw error;
  }
  const part: StoredPart = {
    number,
    etag: createEtag(exchange.ways, measured.md5),
    size: measured.size,
    lastModified: exchange.clock.now(),
    bytes,
    checksum: measured.checksum,
  };
  upload.parts.get(number)?.bytes.release();
  upload.parts.set(number, part);
  return part;
}

// Unlike a read, a copy neither shortens a range that ends after the object nor counts from its end.
function isExact(header: string, end: number): boolean {
  const match = /^bytes=\d+-(\d+)$/.exec(header);
  return match !== null && Number(match[1]) + 1 === end;
}
