import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTurnstile } from '../../src/transfer/turnstile.ts';

const NEVER = new AbortController().signal;

describe('a turnstile', () => {
  test('lets numbers through in order, whatever order they arrive in', async () => {
    const orders = fc.integer({ min: 1, max: 8 }).chain((count) => {
      const numbers = Array.from({ length: count }, (_, index) => index + 1);
      return fc.shuffledSubarray(numbers, { minLength: count });
    });
    await fc.assert(
      fc.asyncProperty(orders, async (arriving) => {
        const turnstile = createTurnstile();
        const through: number[] = [];
        await Promise.all(
          arriving.map(async (number) => {
            await turnstile.wait(number, NEVER);
            through.push(number);
            turnstile.pass();
          }),
        );
        expect(through).toEqual(arriving.toSorted((a, b) => a - b));
      }),
    );
  });

  test('lets go of whoever is interrupted while waiting', async () => {
    const impatient = new AbortController();
    const waiting = createTurnstile().wait(2, impatient.signal);
    impatient.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' });
  });

  test('is closed to an aborted signal even in turn', async () => {
    await expect(createTurnstile().wait(1, AbortSignal.abort())).rejects.toMatchObject({
      kind: 'interrupted',
    });
  });
});
