import type { Algorithm, ObjectInfo, ObjectLocation, StoredSums, Sums } from '../transfer/ports.ts';
import { type HeaderOutput, headersOf } from './object-headers.ts';
import { base64Of, hexOf, unquote } from './encoding.ts';

/** The fields of SDK outputs that say what a server stored. */
export type StoredOutput = {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly VersionId?: string | undefined;
  readonly StorageClass?: string | undefined;
  readonly ChecksumType?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
} & HeaderOutput &
  ChecksumStrings;

type ChecksumStrings = {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
};

/** How the SDK wants an object to be named. */
export function addressOf(object: ObjectLocation): { Bucket: string; Key: string; VersionId?: string } {
  return { Bucket: object.bucket, Key: object.key, ...(object.versionId && { VersionId: object.versionId }) };
}

/** The checksums in an output, by our names, still as they came: base64, `-N` behind a composite one. */
export function stringsOf(output: ChecksumStrings): readonly (readonly [Algorithm, string])[] {
  const found: [Algorithm, string][] = [];
  const look = (algorithm: Algorithm, value: string | undefined): void => {
    if (value) found.push([algorithm, value]);
  };
  look('crc32', output.ChecksumCRC32);
  look('crc32c', output.ChecksumCRC32C);
  look('crc64nvme', output.ChecksumCRC64NVME);
  look('sha1', output.ChecksumSHA1);
  look('sha256', output.ChecksumSHA256);
  return found;
}

/** The algorithms S3 has checksum headers for, and what the SDK calls each. */
export const CHECKSUMS = {
  crc32: { name: 'CRC32', field: 'ChecksumCRC32' },
  crc32c: { name: 'CRC32C', field: 'ChecksumCRC32C' },
  crc64nvme: { name: 'CRC64NVME', field: 'ChecksumCRC64NVME' },
  sha1: { name: 'SHA1', field: 'ChecksumSHA1' },
  sha256: { name: 'SHA256', field: 'ChecksumSHA256' },
} as const;

export type HeaderAlgorithm = keyof typeof CHECKSUMS;

/** The checksum field of a request or of a part in Complete; none where that sum is not known. */
export function checksumField(algorithm: HeaderAlgorithm, sums: Sums): Record<string, string> {
  const sum = sums[algorithm];
  return sum === undefined ? {} : { [CHECKSUMS[algorithm].field]: base64Of(sum) };
}

/** Checksums as hex, without the number of parts. */
export function sumsOf(strings: readonly (readonly [Algorithm, string])[]): Sums {
  return Object.fromEntries(
    strings.map(([algorithm, value]) => [algorithm, hexOf(value.replace(/-\d+$/, ''))]),
  );
}

/** Whether the server encrypts with a key of its own, so that no ETag is an MD5. */
export function isOpaque(output: StoredOutput): boolean {
  return (
    output.SSECustomerAlgorithm !== undefined || (output.ServerSideEncryption?.startsWith('aws:kms') ?? false)
  );
}

/** `null` is how buckets without versions call what they have: it names none that could be asked for (moto refuses it). */
export function versionOf(text: string | undefined): string | undefined {
  return text === 'null' || text === '' ? undefined : text;
}

function storedSums(output: StoredOutput): StoredSums | undefined {
  const strings = stringsOf(output).filter(([algorithm, value]) => isTyped(algorithm, value, output));
  if (strings.length === 0) return undefined;
  // Older servers name no type: a checksum of checksums carries the number of parts.
  const parts = strings.map(([, value]) => /-(\d+)$/.exec(value)?.[1]).find((count) => count !== undefined);
  const isComposite = output.ChecksumType === 'COMPOSITE' || parts !== undefined;
  return {
    type: isComposite ? 'composite' : 'full-object',
    sums: sumsOf(strings),
    parts: parts === undefined ? undefined : Number(parts),
  };
}

/**
 * Whether it can be told what a checksum is over. Of an object in parts it may be over the bytes or over the checksums of
 * the parts; some servers (moto) say neither, and then only the ETag tells. CRC64NVME is always over the bytes.
 */
function isTyped(algorithm: Algorithm, value: string, { ChecksumType, ETag }: StoredOutput): boolean {
  const isInParts = /-\d+$/.test(unquote(ETag) ?? '');
  return algorithm === 'crc64nvme' || !isInParts || Boolean(ChecksumType) || /-\d+$/.test(value);
}

/** rclone notes the MD5 of what it stores in parts under this name of metadata, in base64. */
function notedMd5(metadata: StoredOutput['Metadata']): string | undefined {
  const noted = metadata?.['md5chksum'];
  return noted !== undefined && /^[A-Za-z0-9+/]{22}==$/.test(noted) ? hexOf(noted) : undefined;
}

/** An output of HeadObject in our words. */
export function infoOf(key: string, output: StoredOutput): ObjectInfo {
  return {
    key,
    size: output.ContentLength ?? 0,
    etag: unquote(output.ETag),
    lastModified: output.LastModified,
    versionId: versionOf(output.VersionId),
    storageClass: output.StorageClass,
    headers: headersOf(output),
    stored: storedSums(output),
    notedMd5: notedMd5(output.Metadata),
    encryption: encryptionOf(output),
    opaqueEtag: isOpaque(output),
  };
}

function encryptionOf({ ServerSideEncryption: how, SSEKMSKeyId }: StoredOutput): ObjectInfo['encryption'] {
  if (how === undefined) return undefined;
  return how.startsWith('aws:kms') ? { type: 'kms', keyId: SSEKMSKeyId } : { type: 's3' };
}
