import type { ObjectOptions } from '../../transfer/object-options.ts';
import { quote } from '../encoding.ts';
import { encodeHeader } from '../rfc2047.ts';

/** The headers of a request that makes an object: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html. */
export function headersFor(options: ObjectOptions): Record<string, string> {
  const { metadata = new Map<string, string>(), tags, encryption, condition } = options;
  const all: readonly (readonly [string, string | undefined])[] = [
    ['content-type', options.contentType],
    ['cache-control', options.cacheControl],
    ['content-encoding', options.contentEncoding],
    ['content-disposition', options.contentDisposition],
    ['content-language', options.contentLanguage],
    ['expires', options.expires?.toUTCString()],
    ['x-amz-acl', options.acl],
    ['x-amz-storage-class', options.storageClass],
    ['x-amz-tagging', tags?.size ? new URLSearchParams([...tags]).toString() : undefined],
    ['x-amz-server-side-encryption', encryption && (encryption.type === 's3' ? 'AES256' : 'aws:kms')],
    [
      'x-amz-server-side-encryption-aws-kms-key-id',
      encryption?.type === 'kms' ? encryption.keyId : undefined,
    ],
    ['if-none-match', condition?.type === 'absent' ? '*' : undefined],
    ['if-match', condition?.type === 'match' ? quote(condition.etag) : undefined],
  ];
  const headers: Record<string, string> = {};
  for (const [name, value] of all) if (value !== undefined) headers[name] = value;
  for (const [name, value] of metadata) headers[`x-amz-meta-${name}`] = encodeHeader(value);
  return headers;
}
