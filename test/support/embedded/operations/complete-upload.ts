import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Answer, answerText, answerXml } from '../answer.ts';
import { receiveText } from '../body.ts';
import {
  type Bucket,
  findBucket,
  findUpload,
  type ObjectChecksum,
  removeUpload,
  replaceObject,
  type StoredPart,
  type Upload,
} from '../buckets.ts';
import { writeChecksumElements } from '../checksum-answers.ts';
import { checksumAlgorithms, checksumHeader, joinChecksums } from '../checksums.ts';
import { checkWriteConditions } from '../conditions.ts';
import { createMultipartEtag } from '../etags.ts';
import type { Exchange } from '../exchange.ts';
import { invalidArgument, invalidRequest, notImplemented, S3Error } from '../s3-error.ts';
import { leaf, readElements, readText, xmlDocument } from '../xml.ts';

interface ClaimedPart {
  readonly number: number;
  readonly etag: string;
  readonly xml: string;
}

/** CompleteMultipartUpload; from the list to the object nothing is awaited, so nobody sees it half done. */
export async function completeUpload(exchange: Exchange): Promise<Answer> {
  const { buckets, blobs, clock, request, ways } = exchange;
  const { headers, key } = request;
  // A checksum header is the object's here, not the body's.
  const claimed = readClaims(await receiveText(exchange, undefined));
  const bucket = findBucket(buckets, request.bucket);
  const id = request.query.get('uploadId') ?? '';
  const completion = bucket.completions.get(id);
  if (completion?.key === key) return answerText(200, completion.document);

  refuseObjectSize(exchange);
  if (!bucket.uploads.has(id)) {
    const answer = answerGone(exchange, bucket, claimed);
    if (answer) return answer;
  }
  const upload = findUpload(bucket, key, id);
  const parts = claimed.map((claim) => matchPart(upload, claim));
  checkSizes(exchange, parts);
  checkWriteConditions(headers, bucket.objects.get(key));
  const checksum = ways.checksums === 'kept' ? checkChecksum(headers, upload, parts) : undefined;

  const ofParts = createMultipartEtag(ways, parts);
  const etag = ways.objectEtag === 'of-parts' ? ofParts : wholeMd5(parts);
  const bytes = blobs.lease(parts.flatMap((part) => part.bytes.segments));
  replaceObject(bucket, {
    key,
    etag,
    size: sumSizes(parts),
    lastModified: clock.now(),
    bytes,
    headers: upload.headers,
    tagging: upload.tagging,
    checksum,
    parts,
  });
  removeUpload(bucket, upload);
  const document = xmlDocument('CompleteMultipartUploadResult', [
    leaf('Location', `/${bucket.name}/${key}`),
    leaf('Bucket', bucket.name),
    leaf('Key', key),
    leaf('ETag', ways.completeWithoutEtag ? undefined : `"${ways.completeByRequest ? ofParts : etag}"`),
    writeChecksumElements(checksum),
  ]);
  if (ways.secondComplete === '200') bucket.completions.set(id, { key, document });
  return answerText(200, document);
}

/** The MD5 of all bytes; in one step, so that nothing happens in between. */
function wholeMd5(parts: readonly StoredPart[]): string {
  const md5 = createHash('md5');
  for (const { path, start, end } of parts.flatMap((part) => part.bytes.segments))
    md5.update(readFileSync(path).subarray(start, end));
  return md5.digest('hex');
}

function refuseObjectSize({ request, ways }: Exchange): void {
  if (ways.objectSize === 'known' || !request.headers.has('x-amz-mp-object-size')) return;
  if (ways.objectSize === 'refused-501') throw notImplemented('the header x-amz-mp-object-size');
  throw invalidArgument("Unsupported header 'x-amz-mp-object-size' received for this API call.");
}

/** What servers other than AWS say of an upload that they do not have; `undefined`: that they do not have it. */
function answerGone(
  { request, ways }: Exchange,
  bucket: Bucket,
  claimed: readonly ClaimedPart[],
): Answer | undefined {
  switch (ways.completeOfGone) {
    case '404':
      return undefined;
    case '500':
      throw new S3Error(500, 'InternalError', 'This multipart completion is already in progress');
    case 'no-such-key':
      throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    case 'web-page':
      return {
        status: 500,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><html><title>500 Internal Server Error</title></html>',
      };
    case 'lie': {
      if (!bucket.objects.has(request.key)) return undefined;
      const md5 = createHash('md5');
      for (const { etag } of claimed) md5.update(etag, 'hex');
      const etag = `"${md5.digest('hex')}-${claimed.length}"`;
      return answerXml('CompleteMultipartUploadResult', [leaf('Key', request.key), leaf('ETag', etag)]);
    }
  }
}

function readClaims(xml: string): ClaimedPart[] {
  const claims = readElements(xml, 'Part').map((part) => ({
    number: Number(readText(part, 'PartNumber')),
    etag: (readText(part, 'ETag') ?? '').replaceAll('"', ''),
    xml: part,
  }));
  if (claims.length === 0 || claims.some(({ number }) => !Number.isInteger(number))) {
    throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed.');
  }
  for (const [index, claim] of claims.entries()) {
    const before = claims[index - 1];
    if (before !== undefined && before.number >= claim.number) {
      throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
  }
  return claims;
}

function matchPart(upload: Upload, claim: ClaimedPart): StoredPart {
  const part = upload.parts.get(claim.number);
  if (part === undefined || part.etag !== claim.etag) throw invalidPart();
  const { checksum } = part;
  if (checksum === undefined) return part;
  const claimedChecksum = readText(claim.xml, `Checksum${checksum.algorithm}`);
  if (claimedChecksum !== undefined && claimedChecksum !== checksum.value) throw invalidPart();
  if (claimedChecksum === undefined && upload.checksum?.type === 'COMPOSITE') {
    throw invalidRequest(
      `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
    );
  }
  return part;
}

function checkSizes({ request, smallestPartBytes, ways }: Exchange, parts: readonly StoredPart[]): void {
  const allButLast = parts.slice(0, -1);
  if (allButLast.some((part) => part.size < smallestPartBytes)) {
    throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  const firstSize = parts[0]?.size ?? 0;
  const areEqual =
    allButLast.every((part) => part.size === firstSize) && (parts.at(-1)?.size ?? 0) <= firstSize;
  if (ways.equalParts && !areEqual) {
    throw invalidPart('All non-trailing parts must have the same length.');
  }
  const claimedSize = request.headers.get('x-amz-mp-object-size');
  if (claimedSize !== undefined && Number(claimedSize) !== sumSizes(parts)) {
    throw invalidRequest('The provided x-amz-mp-object-size does not match what was computed.');
  }
}

function checkChecksum(
  headers: ReadonlyMap<string, string>,
  upload: Upload,
  parts: readonly StoredPart[],
): ObjectChecksum | undefined {
  const claims = checksumAlgorithms.filter((algorithm) => headers.has(checksumHeader(algorithm)));
  const claimedType = headers.get('x-amz-checksum-type');
  if (upload.checksum === undefined) {
    if (claims.length === 0 && claimedType === undefined) return undefined;
    throw invalidRequest('The upload was created without a checksum algorithm.');
  }
  const { algorithm, type } = upload.checksum;
  if (claims.some((claim) => claim !== algorithm) || (claimedType !== undefined && claimedType !== type)) {
    throw invalidRequest(`The upload was created using the ${type} checksum mode of ${algorithm}.`);
  }
  const value = joinChecksums(
    algorithm,
    type,
    parts.map((part) => ({ value: part.checksum?.value ?? '', size: part.size })),
  );
  const claimed = headers.get(checksumHeader(algorithm));
  // The number of parts after a composite checksum may be left out.
  if (claimed !== undefined && claimed !== value && claimed !== value.replace(/-\d+$/, '')) {
    throw new S3Error(
      400,
      'BadDigest',
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
  }
  return { algorithm, type, value };
}

function sumSizes(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, part) => sum + part.size, 0);
}

function invalidPart(message = 'One or more of the specified parts could not be found.'): S3Error {
  return new S3Error(400, 'InvalidPart', message);
}
