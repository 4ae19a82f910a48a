import { type Answer, answerXml } from '../answer.ts';
import { measureSegments } from '../body.ts';
import { findBucket, replaceObject } from '../buckets.ts';
import { writeChecksumElements } from '../checksum-answers.ts';
import { parseAlgorithm } from '../checksums.ts';
import { checkWriteConditions } from '../conditions.ts';
import { findCopySource } from '../copy-source.ts';
import { createEtag } from '../etags.ts';
import type { Exchange } from '../exchange.ts';
import { invalidRequest } from '../s3-error.ts';
import { pickStoredHeaders } from '../stored-headers.ts';
import { leaf } from '../xml.ts';

/** CopyObject; the copy shares the source's files but is hashed anew, since S3 makes one whole object of it. */
export async function copyObject(exchange: Exchange): Promise<Answer> {
  const { buckets, blobs, clock, request, ways } = exchange;
  const { headers, key } = request;
  const bucket = findBucket(buckets, request.bucket);
  const source = findCopySource(exchange);
  const replacesMetadata = headers.get('x-amz-metadata-directive') === 'REPLACE';
  if (!replacesMetadata && bucket.objects.get(key) === source) {
    throw invalidRequest('This copy request is illegal because it changes nothing.');
  }
  const wanted = parseAlgorithm(headers.get('x-amz-checksum-algorithm') ?? '') ?? source.checksum?.algorithm;
  const bytes = blobs.lease(source.bytes.segments);
  try {
    const measured = await measureSegments(bytes.segments, ways.checksums === 'kept' ? wanted : undefined);
    checkWriteConditions(headers, findBucket(buckets, request.bucket).objects.get(key));
    const checksum = measured.checksum && { ...measured.checksum, type: 'FULL_OBJECT' as const };
    const etag = createEtag(ways, measured.md5);
    const lastModified = clock.now();
    replaceObject(bucket, {
      key,
      etag,
      size: measured.size,
      lastModified,
      bytes,
      headers: replacesMetadata ? pickStoredHeaders(headers) : source.headers,
      tagging: headers.get('x-amz-tagging') ?? source.tagging,
      checksum,
      parts: undefined,
    });
    return answerXml('CopyObjectResult', [
      leaf('ETag', `"${etag}"`),
      leaf('LastModified', lastModified.toISOString()),
      writeChecksumElements(checksum),
    ]);
  } catch (error) {
    bytes.release();
    throw error;
  }
}
