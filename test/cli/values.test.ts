import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  orAuto,
  parseCount,
  parseDuration,
  parseMoment,
  parseRate,
  parseSize,
  withoutAuto,
} from '../../src/cli/values.ts';

describe('parseSize', () => {
  it.each(['8MiB', '8MB', '8M', '8m', '8 MiB', '8192K', String(8 * 1024 ** 2)])(
    'reads %s as 8 × 1024²',
    (text) => {
      expect(parseSize(text)).toBe(8 * 1024 ** 2);
    },
  );
  it.each(['', '-1', '8X', '8MiBs', '1e3', 'NaN', '0x10', '1.5', '99999999999999999999'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseSize(text)).toThrow(expect.objectContaining({ kind: 'usage' }));
    },
  );
  it('reads back any number of bytes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(String(bytes))).toBe(bytes);
      }),
    );
  });
  it('throws nothing but usage errors, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseSize(text)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'usage' });
        }
      }),
    );
  });
});

describe('parseRate', () => {
  it.each(['10MiB', '10MiB/s', '10 MB/s', '10m/S', String(10 * 1024 ** 2)])('reads %s', (text) => {
    expect(parseRate(text)).toBe(10 * 1024 ** 2);
  });
  it.each(['0', '0/s', '', '/s', '10MiB/m', '10 per s', '-1'])('refuses "%s"', (text) => {
    expect(() => parseRate(text)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(['1', '-1h', '1w2x', '', '1.5h', 'h', '7 d', '9999999999d'])('refuses "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('parseCount', () => {
  it('takes whole numbers from 1 on', () => {
    expect(parseCount('12')).toBe(12);
    for (const text of ['0', '-1', '1.5', 'x', '']) expect(() => parseCount(text)).toThrow(/whole number/);
  });
  it('leaves auto to the program', () => {
    expect(withoutAuto({ auto: orAuto(parseCount)('auto'), other: 3 })).toEqual({ other: 3 });
    expect(orAuto(parseCount)('3')).toBe(3);
  });
});

describe('parseMoment', () => {
  const now = Date.parse('2026-11-22T16:30:00Z');
  it.each([
    ['24h', '2026-11-21T16:30:00Z'],
    ['2w', '2026-11-08T16:30:00Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01T10:20', '2026-11-01T10:20:00Z'],
    ['2026-11-01T10:20:30.5', '2026-11-01T10:20:30.5Z'],
    ['2026-11-01T10:20:30+01:00', '2026-11-01T09:20:30Z'],
  ])('reads %s', (text, time) => expect(parseMoment(text, now)).toBe(Date.parse(time)));
  it.each(['', 'yesterday', '7', '-1h', '2026-13-01', '11/22/2026', '1699999999'])('refuses "%s"', (text) => {
    expect(() => parseMoment(text, now)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});
