/** A CRC's width and reflected polynomial; start and final value are all ones for every CRC S3 knows. */
export interface CrcShape {
  readonly bits: number;
  readonly polynomial: bigint;
}

/** The CRC of one part and how many bytes it covers. */
export interface PartCrc {
  readonly crc: bigint;
  readonly size: number;
}

/**
 * The CRC of all parts joined, from the parts' CRCs alone: a 5 GiB Complete reads nothing again.
 * Joining means multiplying by x^(8 * size) modulo the polynomial, as zlib's crc32_combine does.
 */
export function combineCrcs(shape: CrcShape, parts: readonly PartCrc[]): bigint {
  // Parts are nearly all of one size, so the costly power is worth remembering.
  const powers = new Map<number, bigint>();
  let joined = 0n;
  for (const part of parts) {
    const power = powers.get(part.size) ?? powerOfX(shape, BigInt(part.size) * 8n);
    powers.set(part.size, power);
    joined = multiply(shape, power, joined) ^ part.crc;
  }
  return joined;
}

// Reflected: the highest bit is x^0, the next one x^1.
function powerOfX(shape: CrcShape, exponent: bigint): bigint {
  let result = 1n << BigInt(shape.bits - 1);
  let square = 1n << BigInt(shape.bits - 2);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(shape, result, square);
    square = multiply(shape, square, square);
  }
  return result;
}

function multiply(shape: CrcShape, left: bigint, right: bigint): bigint {
  let product = 0n;
  let shifted = right;
  for (let mask = 1n << BigInt(shape.bits - 1); mask > 0n; mask >>= 1n) {
    if ((left & mask) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ shape.polynomial : shifted >> 1n;
  }
  return product;
}
