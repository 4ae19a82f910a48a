import { describe, expect, test } from 'vitest';
import { openRandom } from '../soak/random.ts';
import { TARGETS } from './targets.ts';

/** Enough to see that a target still works; npm run fuzz looks for what it finds. */
const CASES = 100;

describe('every target of the fuzzer', () => {
  test('has a name of its own', () => {
    const names = TARGETS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(TARGETS)('$name finds nothing in its first cases', async ({ name, one }) => {
    for (let number = 0; number < CASES; number++)
      await expect(Promise.resolve(openRandom(0, name, number)).then(one)).resolves.toBeUndefined();
  });
});
