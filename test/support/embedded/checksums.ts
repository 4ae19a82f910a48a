import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { type CrcShape, combineCrcs } from './crc-combine.ts';
import { startCrc64Nvme } from './crc64nvme.ts';

const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

/** The checksums S3 knows, by the names it uses in XML and in headers. */
export type ChecksumAlgorithm = (typeof algorithms)[number];

/** Whether the checksum of a multipart object covers its bytes or the checksums of its parts. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

/** A checksum in base64, as S3 writes it. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

/** A checksum being computed. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

interface Properties {
  readonly start: () => RunningChecksum;
  /** Hashes cannot be joined to one of the whole object, CRC64NVME always is. */
  readonly types: readonly [ChecksumType, ...ChecksumType[]];
  readonly shape?: CrcShape;
}

const properties: Readonly<Record<ChecksumAlgorithm, Properties>> = {
  CRC32: {
    start: () => startCrc((chunk, state) => crc32(chunk, state)),
    types: ['COMPOSITE', 'FULL_OBJECT'],
    shape: { bits: 32, polynomial: 0xedb88320n },
  },
  CRC32C: {
    start: () => startCrc((chunk, state) => crc32c(chunk, state)),
    types: ['COMPOSITE', 'FULL_OBJECT'],
    shape: { bits: 32, polynomial: 0x82f63b78n },
  },
  CRC64NVME: {
    start: startCrc64Nvme,
    types: ['FULL_OBJECT'],
    shape: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
  },
  SHA1: { start: () => createHash('sha1'), types: ['COMPOSITE'] },
  SHA256: { start: () => createHash('sha256'), types: ['COMPOSITE'] },
};

/** All algorithms, for those who look at every header. */
export const checksumAlgorithms: readonly ChecksumAlgorithm[] = algorithms;

/** Starts computing a checksum. */
export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return properties[algorithm].start();
}

/** The algorithm of that name in any case, as headers carry it. */
export function parseAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return algorithms.find((algorithm) => algorithm === name.toUpperCase());
}

/** The header that carries a checksum of this algorithm. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The types the checksum of a multipart object can have, the default first. */
export function checksumTypes(algorithm: ChecksumAlgorithm): readonly [ChecksumType, ...ChecksumType[]] {
  return properties[algorithm].types;
}

/** The checksum of a whole multipart object, from those of its parts. */
export function joinChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly value: string; readonly size: number }[],
): string {
  const digests = parts.map((part) => Buffer.from(part.value, 'base64'));
  if (type === 'COMPOSITE') {
    const running = startChecksum(algorithm);
    for (const digest of digests) running.update(digest);
    return `${running.digest().toString('base64')}-${parts.length}`;
  }
  const { shape } = properties[algorithm];
  if (shape === undefined) throw new Error(`${algorithm} cannot be joined`);
  const joined = combineCrcs(
    shape,
    parts.map((part, index) => ({ crc: BigInt(`0x${digests[index]?.toString('hex')}`), size: part.size })),
  );
  return Buffer.from(joined.toString(16).padStart(shape.bits / 4, '0'), 'hex').toString('base64');
}

function startCrc(step: (chunk: Uint8Array, state: number) => number): RunningChecksum {
  let state = 0;
  return {
    update: (chunk) => {
      state = step(chunk, state);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(state >>> 0);
      return bytes;
    },
  };
}
