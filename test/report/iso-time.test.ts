import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoSeconds, isoTime } from '../../src/report/iso-time.ts';

test('times are written as Date writes them', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(isoTime(date)).toBe(date.toISOString());
      expect(isoSeconds(date)).toBe(date.toISOString().replace(/\.\d+Z/, 'Z'));
    }),
    { numRuns: 2000 },
  );
  for (let day = 0; day < 200_000; day += 1) {
    const date = new Date(day * 86_400_000);
    if (isoTime(date) !== date.toISOString()) expect(isoTime(date)).toBe(date.toISOString());
  }
});

test('what is no date has no text', () => {
  expect(isoTime(new Date(Number.NaN))).toBeUndefined();
  expect(isoSeconds(new Date(Number.NaN))).toBeUndefined();
});
