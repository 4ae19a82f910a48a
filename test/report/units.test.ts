import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRate } from '../../src/report/units.ts';

const MIB = 1024 ** 2;
const odd = [Number.NaN, -1, Number.POSITIVE_INFINITY, undefined, null];

describe('units', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [9.97 * 1024, '10 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [296 * MIB, '296 MiB'],
    [1.5 * 1024 ** 3, '1.5 GiB'],
    [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0.0 s'],
    [400, '0.4 s'],
    [4100, '4.1 s'],
    [42_300, '42 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_600, '1 h'],
    [11_520_000, '3 h 12 min'],
    [26 * 3_600_000, '1 d 2 h'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('writes rates and counts', () => {
    expect(formatRate(31 * MIB)).toBe('31 MiB/s');
    expect(formatCount(9999)).toBe('9,999');
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });

  it.each([formatBytes, formatRate, formatDuration, formatCount])(
    'write ? for what is no amount (%o)',
    (format) => {
      expect(odd.map((value) => format(value))).toEqual(odd.map(() => '?'));
    },
  );

  it('keep bytes within a twentieth of the truth', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        const [value, unit = ''] = formatBytes(bytes).split(' ');
        const size = 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].indexOf(unit);
        expect(Math.abs(Number(value) * size - bytes)).toBeLessThanOrEqual(bytes / 20);
        expect(Number(value)).toBeLessThan(1024);
      }),
    );
  });
});
