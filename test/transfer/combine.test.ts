import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/local/hash.ts';
import { combinableAlgorithms, combineCrcs, isCombinable } from '../../src/transfer/combine.ts';
import { startCrc64Nvme } from '../support/embedded/crc64nvme.ts';
import { joined } from '../support/memory/bytes.ts';

const hex = (value: number): string => value.toString(16).padStart(8, '0');
const SUMS = {
  crc32: (bytes: Uint8Array) => hex(crc32(bytes)),
  crc32c: (bytes: Uint8Array) => hex(crc32c(bytes)),
  crc64nvme: (bytes: Uint8Array) => {
    const crc = startCrc64Nvme();
    crc.update(bytes);
    return crc.digest().toString('hex');
  },
};

describe('combineCrcs', () => {
  test.each(combinableAlgorithms)('gives the %s of the concatenation, however it is cut', (algorithm) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (pieces) => {
        const parts = pieces.map((bytes) => ({
          size: bytes.byteLength,
          sums: { [algorithm]: SUMS[algorithm](bytes) },
        }));
        expect(combineCrcs(algorithm, parts)).toBe(SUMS[algorithm](joined(pieces)));
      }),
    );
  });

  test('knows the check value of both CRCs', () => {
    const digits = new TextEncoder().encode('123456789');
    expect(SUMS.crc32(digits)).toBe('cbf43926');
    expect(SUMS.crc32c(digits)).toBe('e3069283');
    const halves = [digits.subarray(0, 4), digits.subarray(4)];
    const parts = halves.map((bytes) => ({ size: bytes.byteLength, sums: { crc32c: SUMS.crc32c(bytes) } }));
    expect(combineCrcs('crc32c', parts)).toBe('e3069283');
  });

  test('combines parts of 5 GiB as it combines their halves', () => {
    const gib = 1024 ** 3;
    // A tail of zeros as two pieces of 2.5 GiB must count as one of 5 GiB: 32 bits would not hold the length.
    const half = zerosSum(2.5 * gib);
    const whole = combineCrcs('crc32', [part(2.5 * gib, half), part(2.5 * gib, half)]) ?? '';
    expect(whole).toBe(zerosSum(5 * gib));
    expect(combineCrcs('crc32', [part(3, 'deadbeef'), part(5 * gib, whole)])).toBe(
      combineCrcs('crc32', [part(3, 'deadbeef'), part(2.5 * gib, half), part(2.5 * gib, half)]),
    );
  });

  test('is undefined when one part lacks its sum', () => {
    expect(
      combineCrcs('crc32', [
        { size: 1, sums: { crc32: '00000000' } },
        { size: 1, sums: {} },
      ]),
    ).toBeUndefined();
  });
});

const part = (size: number, crc: string): { size: number; sums: { crc32: string } } => ({
  size,
  sums: { crc32: crc },
});

/** The CRC-32 of so many zero bytes, by doubling a block whose sum is computed byte by byte. */
function zerosSum(size: number): string {
  const block = 1024 ** 2;
  let sum = SUMS.crc32(new Uint8Array(block));
  let done = block;
  const pieces: { size: number; sums: { crc32: string } }[] = [];
  for (let rest = size / block; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) pieces.push({ size: done, sums: { crc32: sum } });
    const one = { size: done, sums: { crc32: sum } };
    sum = combineCrcs('crc32', [one, one]) ?? '';
    done *= 2;
  }
  return combineCrcs('crc32', pieces) ?? '';
}

describe('isCombinable', () => {
  test('is true of CRCs only', () => {
    expect(['crc32', 'crc32c', 'md5', 'sha256', 'toString'].filter(isCombinable)).toEqual([
      'crc32',
      'crc32c',
    ]);
  });
});
