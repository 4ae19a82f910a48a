import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { TransferError } from '../transfer/errors.ts';
import type { Algorithm, Digest, Hasher } from '../transfer/ports.ts';
import { startCrc64Nvme } from './crc64nvme.ts';

type Crc = (bytes: Uint8Array, previous: number) => number;
type NativeCrc = { readonly crc32: Crc; readonly crc32c: Crc };

/**
 * The hardware CRC, at a fifth of the CPU of Node's own; `undefined` on a platform without a prebuilt binary.
 * Loaded on first use: `--help` needs no CRC.
 */
function loadNative(): NativeCrc | undefined {
  try {
    const loaded: NativeCrc = createRequire(import.meta.url)('@node-rs/crc32');
    return loaded;
  } catch {
    return undefined; // Node's own is right too, only slower
  }
}

let native: NativeCrc | undefined | 'not loaded' = 'not loaded';

function crcOf(algorithm: 'crc32' | 'crc32c'): Crc {
  if (native === 'not loaded') native = loadNative();
  if (native) return native[algorithm];
  return algorithm === 'crc32' ? zlibCrc32() : crc32c;
}

/** Node's own; its module is a third of a start that needs nothing else of it. */
function zlibCrc32(): Crc {
  const zlib: { readonly crc32: Crc } = createRequire(import.meta.url)('node:zlib');
  return zlib.crc32;
}

const CASTAGNOLI = 0x82f63b78;
let castagnoliTable: Uint32Array | undefined;

/** CRC-32C by table, for platforms without the native one. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  castagnoliTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ CASTAGNOLI : sum >>> 1;
    return sum;
  });
  let sum = ~previous;
  for (const byte of bytes) sum = (castagnoliTable[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** One running sum. */
type Sum = { update(bytes: Uint8Array): void; hex(): string };

function startSum(algorithm: Algorithm): Sum {
  switch (algorithm) {
    case 'crc32':
    case 'crc32c': {
      const crc = crcOf(algorithm);
      let value = 0;
      return {
        update: (bytes) => {
          value = crc(bytes, value) >>> 0;
        },
        hex: () => value.toString(16).padStart(8, '0'),
      };
    }
    case 'crc64nvme':
      return startCrc64Nvme();
    case 'md5':
    case 'sha1':
    case 'sha256': {
      const hash = startHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
    }
  }
}

function startHash(algorithm: 'md5' | 'sha1' | 'sha256'): ReturnType<typeof createHash> {
  try {
    return createHash(algorithm);
  } catch (cause) {
    throw new TransferError('unsupported', `this Node cannot compute ${algorithm}`, {
      cause,
      hint: 'A FIPS build forbids it; no object can be verified by its ETag here.',
    });
  }
}

/** Sums with the machine's own means: several algorithms in one pass. */
export const hasher: Hasher = (algorithms): Digest => {
  const sums = algorithms.map((algorithm) => ({ algorithm, sum: startSum(algorithm) }));
  return {
    update(bytes) {
      for (const { sum } of sums) sum.update(bytes);
    },
    digest: () => Object.fromEntries(sums.map(({ algorithm, sum }) => [algorithm, sum.hex()])),
  };
};
