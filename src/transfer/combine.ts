import type { Sums } from './ports.ts';

/** Reflected polynomials of the CRCs whose sums over parts combine to the sum over the whole. */
const POLYNOMIALS = { crc32: 0xedb88320, crc32c: 0x82f63b78 } as const;

export type CombinableAlgorithm = keyof typeof POLYNOMIALS;

/** Whether the sum over an object follows from the sums over its parts. */
export function isCombinable(algorithm: string): algorithm is CombinableAlgorithm {
  return Object.hasOwn(POLYNOMIALS, algorithm);
}

/** A 32 × 32 bit matrix over GF(2), a column a number: what appending zero bytes does to a CRC. */
type Matrix = readonly number[];

function times(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let column = 0, rest = vector; rest !== 0; column++, rest >>>= 1) {
    if (rest & 1) sum ^= matrix[column] ?? 0;
  }
  return sum >>> 0;
}

const squared = (matrix: Matrix): Matrix => matrix.map((column) => times(matrix, column));

/** What one more zero byte does: eight times the step of one zero bit. */
function zeroByte(polynomial: number): Matrix {
  const zeroBit = Array.from({ length: 32 }, (_, bit) => (bit === 0 ? polynomial : 1 << (bit - 1)) >>> 0);
  return squared(squared(squared(zeroBit)));
}

/** What `length` more zero bytes do, by repeated squaring. */
function zeros(polynomial: number, length: number): Matrix {
  let power = zeroByte(polynomial);
  let result: Matrix = Array.from({ length: 32 }, (_, bit) => (1 << bit) >>> 0);
  // Division instead of shifts: a part of 5 GiB does not fit 32 bits.
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result.map((column) => times(power, column));
    power = squared(power);
  }
  return result;
}

export type PartSum = { readonly size: number; readonly sums: Sums };

/**
 * The CRC over the concatenation of parts, as hex, from the CRC of each: the method of zlib's crc32_combine.
 * `undefined` when a part lacks its sum.
 */
export function combineCrcs(algorithm: CombinableAlgorithm, parts: Iterable<PartSum>): string | undefined {
  const polynomial = POLYNOMIALS[algorithm];
  const matrices = new Map<number, Matrix>();
  let whole = 0;
  for (const { size, sums } of parts) {
    const sum = sums[algorithm];
    if (sum === undefined) return undefined;
    // All parts but the last are of one size, so there are two matrices at most.
    const matrix = matrices.get(size) ?? zeros(polynomial, size);
    matrices.set(size, matrix);
    whole = (times(matrix, whole) ^ Number.parseInt(sum, 16)) >>> 0;
  }
  return whole.toString(16).padStart(8, '0');
}
