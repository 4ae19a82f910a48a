import { createHash, randomBytes } from 'node:crypto';
import type { StoredPart } from './buckets.ts';
import type { Ways } from './ways.ts';

/** The ETag of bytes that came in one request. */
export function createEtag(ways: Ways, md5: Buffer): string {
  return ways.etag === 'md5' ? md5.toString('hex') : randomBytes(16).toString('hex');
}

/** The ETag of an object made of parts: the MD5 of the parts' MD5s, and how many there are. */
export function createMultipartEtag(ways: Ways, parts: readonly StoredPart[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  return `${createEtag(ways, md5.digest())}-${parts.length}`;
}
