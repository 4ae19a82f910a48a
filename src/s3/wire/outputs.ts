import type { RangeOutput } from '../read-range.ts';
import type { StoredOutput } from '../object-info.ts';
import { parseServerDate } from '../server-date.ts';

type Headers = Readonly<Record<string, string>>;

const METADATA = 'x-amz-meta-';

/** What the headers of an answer say of the object, by the names that the SDK gives them. */
export function storedOutput(headers: Headers): StoredOutput {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA));
  return {
    ETag: headers['etag'],
    ContentLength: numberOf(headers['content-length']),
    LastModified: dateOf(headers['last-modified']),
    VersionId: headers['x-amz-version-id'],
    StorageClass: headers['x-amz-storage-class'],
    ChecksumType: headers['x-amz-checksum-type'],
    ServerSideEncryption: headers['x-amz-server-side-encryption'],
    SSEKMSKeyId: headers['x-amz-server-side-encryption-aws-kms-key-id'],
    SSECustomerAlgorithm: headers['x-amz-server-side-encryption-customer-algorithm'],
    ContentType: headers['content-type'],
    CacheControl: headers['cache-control'],
    ContentEncoding: headers['content-encoding'],
    ContentDisposition: headers['content-disposition'],
    ContentLanguage: headers['content-language'],
    ExpiresString: headers['expires'],
    ChecksumCRC32: headers['x-amz-checksum-crc32'],
    ChecksumCRC32C: headers['x-amz-checksum-crc32c'],
    ChecksumCRC64NVME: headers['x-amz-checksum-crc64nvme'],
    ChecksumSHA1: headers['x-amz-checksum-sha1'],
    ChecksumSHA256: headers['x-amz-checksum-sha256'],
    Metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice(METADATA.length), value])),
  };
}

/** The same of an answer to a ranged read. */
export function rangeOutput(headers: Headers, body: AsyncIterable<Uint8Array>): RangeOutput {
  return {
    Body: body,
    ETag: headers['etag'],
    ContentType: headers['content-type'],
    ContentRange: headers['content-range'],
    ContentLength: numberOf(headers['content-length']),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function dateOf(text: string | undefined): Date | undefined {
  const time = parseServerDate(text ?? '');
  return time === undefined ? undefined : new Date(time);
}
