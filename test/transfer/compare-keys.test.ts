import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comesBehind, compareKeys } from '../../src/transfer/compare-keys.ts';

const keys = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\u{e000}', '～', '\u{ffff}', '😀', '\u{10ffff}', 'é'),
});

test('keys are ordered by their bytes', () => {
  fc.assert(
    fc.property(keys, keys, (left, right) => {
      const order = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareKeys(left, right))).toBe(order);
      expect(comesBehind(right)(left)).toBe(order > 0);
    }),
    { numRuns: 2000 },
  );
});
