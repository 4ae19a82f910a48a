import type { ObjectHeaders, ObjectOptions } from '../transfer/object-options.ts';
import { decodeHeader, encodeHeader } from './rfc2047.ts';
import { quote } from './encoding.ts';
import { parseServerDate } from './server-date.ts';

/** What the SDK's requests that make an object take of its options. */
export function paramsOf(options: ObjectOptions): object {
  const { metadata, tags, encryption } = options;
  const all = {
    ContentType: options.contentType,
    CacheControl: options.cacheControl,
    ContentEncoding: options.contentEncoding,
    ContentDisposition: options.contentDisposition,
    ContentLanguage: options.contentLanguage,
    Expires: options.expires,
    ACL: options.acl,
    StorageClass: options.storageClass,
    Metadata: metadata?.size
      ? Object.fromEntries([...metadata].map(([name, value]) => [name, encodeHeader(value)]))
      : undefined,
    Tagging: tags?.size ? new URLSearchParams([...tags]).toString() : undefined,
    ServerSideEncryption: encryption && (encryption.type === 's3' ? 'AES256' : 'aws:kms'),
    SSEKMSKeyId: encryption?.type === 'kms' ? encryption.keyId : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The condition of the request that makes the object appear. */
export function conditionOf({ condition }: Pick<ObjectOptions, 'condition'>): object {
  if (!condition) return {};
  return condition.type === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: quote(condition.etag) };
}

/** The fields of SDK outputs that carry an object's headers. */
export type HeaderOutput = {
  readonly ContentType?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly ExpiresString?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
};

/** An object's headers in our words. */
export function headersOf(output: HeaderOutput): ObjectHeaders {
  const expires = new Date(parseServerDate(output.ExpiresString ?? '') ?? Number.NaN);
  return {
    contentType: output.ContentType,
    cacheControl: output.CacheControl,
    contentEncoding: output.ContentEncoding,
    contentDisposition: output.ContentDisposition,
    contentLanguage: output.ContentLanguage,
    expires: Number.isNaN(expires.getTime()) ? undefined : expires,
    metadata: new Map(
      Object.entries(output.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), decodeHeader(value)]),
    ),
  };
}
