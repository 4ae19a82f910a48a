import type { StoredObject } from './buckets.ts';
import { notImplemented, S3Error } from './s3-error.ts';

/** Refuses a write whose If-Match or If-None-Match does not hold. */
export function checkWriteConditions(
  headers: ReadonlyMap<string, string>,
  existing: StoredObject | undefined,
): void {
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match with an ETag');
  if (ifNoneMatch === '*' && existing !== undefined) throw failed('If-None-Match');
  const ifMatch = headers.get('if-match');
  if (ifMatch === undefined) return;
  if (existing === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  if (!matches(ifMatch, existing.etag)) throw failed('If-Match');
}

/** Refuses a read whose conditions do not hold; `prefix` picks the conditions on the source of a copy. */
export function checkReadConditions(
  headers: ReadonlyMap<string, string>,
  object: StoredObject,
  prefix = '',
): 'changed' | 'not modified' {
  const ifMatch = headers.get(`${prefix}if-match`);
  const ifNoneMatch = headers.get(`${prefix}if-none-match`);
  // Headers carry whole seconds, so the object's time must lose its fraction before it is compared.
  const modified = Math.floor(object.lastModified.getTime() / 1000) * 1000;
  const unmodifiedSince = Date.parse(headers.get(`${prefix}if-unmodified-since`) ?? '');
  const modifiedSince = Date.parse(headers.get(`${prefix}if-modified-since`) ?? '');

  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw failed('If-Match');
  } else if (modified > unmodifiedSince) {
    throw failed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? 'not modified' : 'changed';
  return modified <= modifiedSince ? 'not modified' : 'changed';
}

function matches(condition: string, etag: string): boolean {
  return condition
    .split(',')
    .map((candidate) => candidate.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'))
    .some((candidate) => candidate === '*' || candidate === etag);
}

function failed(condition: string): S3Error {
  return new S3Error(
    412,
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  );
}
