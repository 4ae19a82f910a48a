import { type Answer, answerEmpty } from '../answer.ts';
import { readDeclaredAlgorithm, receiveBody } from '../body.ts';
import { findBucket, replaceObject } from '../buckets.ts';
import { writeChecksumHeaders } from '../checksum-answers.ts';
import { checkWriteConditions } from '../conditions.ts';
import { createEtag } from '../etags.ts';
import type { Exchange } from '../exchange.ts';
import { pickStoredHeaders } from '../stored-headers.ts';

/** PutObject. */
export async function putObject(exchange: Exchange): Promise<Answer> {
  const { buckets, blobs, clock, request, ways } = exchange;
  const { headers, key } = request;
  const bucket = findBucket(buckets, request.bucket);
  checkWriteConditions(headers, bucket.objects.get(key));
  const body = receiveBody(exchange, readDeclaredAlgorithm(exchange));
  const bytes = await blobs.write(body.chunks, () => body.measured().size);
  try {
    // Again: another writer may have come first while the body was on its way.
    checkWriteConditions(headers, findBucket(buckets, request.bucket).objects.get(key));
  } catch (error) {
    bytes.release();
    throw error;
  }
  const { size, md5, checksum } = body.measured();
  const etag = createEtag(ways, md5);
  const objectChecksum = checksum && { ...checksum, type: 'FULL_OBJECT' as const };
  replaceObject(bucket, {
    key,
    etag,
    size,
    lastModified: clock.now(),
    bytes,
    headers: pickStoredHeaders(headers),
    tagging: headers.get('x-amz-tagging') ?? '',
    checksum: objectChecksum,
    parts: undefined,
  });
  const encryption = headers.get('x-amz-server-side-encryption');
  return answerEmpty(200, {
    etag: `"${etag}"`,
    ...writeChecksumHeaders(objectChecksum),
    ...(encryption === undefined ? {} : { 'x-amz-server-side-encryption': encryption }),
  });
}
