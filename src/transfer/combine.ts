import type { Sums } from './ports.ts';

/** Width in bits and reflected polynomial of the CRCs whose sums over parts combine to the sum over the whole. */
const CRCS = {
  crc32: { width: 32, polynomial: 0xedb88320n },
  crc32c: { width: 32, polynomial: 0x82f63b78n },
  crc64nvme: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

export type CombinableAlgorithm = keyof typeof CRCS;
/** All of them. */
export const combinableAlgorithms = ['crc32', 'crc32c', 'crc64nvme'] as const;

type Crc = { readonly width: number; readonly polynomial: bigint };

/** Whether the sum over an object follows from the sums over its parts. */
export function isCombinable(algorithm: string): algorithm is CombinableAlgorithm {
  return Object.hasOwn(CRCS, algorithm);
}

/** A square bit matrix over GF(2), a column a number: what appending zero bytes does to a CRC. */
type Matrix = readonly bigint[];

function times(matrix: Matrix, vector: bigint): bigint {
  let sum = 0n;
  for (let column = 0, rest = vector; rest !== 0n; column++, rest >>= 1n) {
    if (rest & 1n) sum ^= matrix[column] ?? 0n;
  }
  return sum;
}

const squared = (matrix: Matrix): Matrix => matrix.map((column) => times(matrix, column));

/** What one more zero byte does: eight times the step of one zero bit. */
function zeroByte({ width, polynomial }: Crc): Matrix {
  const zeroBit = Array.from({ length: width }, (_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
  return squared(squared(squared(zeroBit)));
}

/** What `length` more zero bytes do, by repeated squaring. */
function zeros(crc: Crc, length: number): Matrix {
  let power = zeroByte(crc);
  let result: Matrix = Array.from({ length: crc.width }, (_, bit) => 1n << BigInt(bit));
  // Division instead of shifts: a part of 5 GiB does not fit 32 bits.
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result.map((column) => times(power, column));
    power = squared(power);
  }
  return result;
}

export type PartSum = { readonly size: number; readonly sums: Sums };

/** The CRC over a concatenation, part by part: the method of zlib's crc32_combine. */
export type CrcFold = {
  /** The next part, in order. */
  add(part: PartSum): void;
  /** As hex; `undefined` when a part lacked its sum. */
  value(): string | undefined;
};

/** A fold that has seen no bytes yet. It keeps nothing of the parts it has seen. */
export function foldCrcs(algorithm: CombinableAlgorithm): CrcFold {
  const crc = CRCS[algorithm];
  const matrices = new Map<number, Matrix>();
  let whole: bigint | undefined = 0n;
  return {
    add({ size, sums }) {
      const sum = sums[algorithm];
      if (sum === undefined) whole = undefined;
      if (whole === undefined || sum === undefined) return;
      // All parts but the last are of one size, so there are two matrices at most.
      const matrix = matrices.get(size) ?? zeros(crc, size);
      matrices.set(size, matrix);
      whole = times(matrix, whole) ^ BigInt(`0x${sum}`);
    },
    value: () => whole?.toString(16).padStart(crc.width / 4, '0'),
  };
}

/** The CRC over the concatenation of parts, as hex; `undefined` when a part lacks its sum. */
export function combineCrcs(algorithm: CombinableAlgorithm, parts: Iterable<PartSum>): string | undefined {
  const fold = foldCrcs(algorithm);
  for (const part of parts) fold.add(part);
  return fold.value();
}
