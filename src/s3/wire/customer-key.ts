import { createHash } from 'node:crypto';

/** The headers of a key that the server encrypts with and does not keep (SSE-C). */
export function sealedHeaders(customerKey: Uint8Array | undefined): Readonly<Record<string, string>> {
  if (!customerKey) return {};
  const name = 'x-amz-server-side-encryption-customer';
  return {
    [`${name}-algorithm`]: 'AES256',
    [`${name}-key`]: Buffer.from(customerKey).toString('base64'),
    [`${name}-key-md5`]: createHash('md5').update(customerKey).digest('base64'),
  };
}
