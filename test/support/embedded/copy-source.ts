import { findBucket, findObject, type StoredObject } from './buckets.ts';
import { checkReadConditions } from './conditions.ts';
import type { Exchange } from './exchange.ts';
import { decode } from './request.ts';
import { invalidArgument, notImplemented, S3Error } from './s3-error.ts';

/** The object a copy is to be made of, its conditions checked. */
export function findCopySource({ buckets, request }: Exchange): StoredObject {
  const [path = '', version] = (request.headers.get('x-amz-copy-source') ?? '').split('?versionId=');
  if (version !== undefined && version !== 'null') throw notImplemented('versions');
  const match = /^\/?([^/]+)\/([^]+)$/.exec(decode(path));
  if (match === null) throw invalidArgument('Copy Source must mention the source bucket and key');
  const [, bucket = '', key = ''] = match;
  const source = findObject(findBucket(buckets, bucket), key);
  if (checkReadConditions(request.headers, source, 'x-amz-copy-source-') === 'not modified') {
    throw new S3Error(412, 'PreconditionFailed', 'The condition on the copy source did not hold.');
  }
  return source;
}
