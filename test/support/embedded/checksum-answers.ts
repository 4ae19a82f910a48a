import type { ObjectChecksum } from './buckets.ts';
import { type Checksum, checksumHeader } from './checksums.ts';
import { leaf } from './xml.ts';

type Shown = Checksum | ObjectChecksum | undefined;

/** A checksum as headers. */
export function writeChecksumHeaders(checksum: Shown): Record<string, string> {
  if (checksum === undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    ...('type' in checksum ? { 'x-amz-checksum-type': checksum.type } : {}),
  };
}

/** A checksum as XML. */
export function writeChecksumElements(checksum: Shown): string {
  if (checksum === undefined) return '';
  return (
    leaf(`Checksum${checksum.algorithm}`, checksum.value) +
    leaf('ChecksumType', 'type' in checksum ? checksum.type : undefined)
  );
}
