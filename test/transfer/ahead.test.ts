import { expect, test } from 'vitest';
import { ahead } from '../../src/transfer/ahead.ts';

const never = new AbortController().signal;

async function* upTo(count: number): AsyncGenerator<number> {
  for (let number = 1; number <= count; number++) yield await Promise.resolve(number);
}

/** Work that takes longer the smaller its number is, and how much of it was under way at once. */
function slowWork(failing?: number): {
  work(number: number): Promise<number>;
  peak(): number;
  live(): number;
} {
  let [live, peak] = [0, 0];
  return {
    async work(number) {
      peak = Math.max(peak, ++live);
      for (let turns = 50 - number; turns > 0; turns--) await Promise.resolve();
      live--;
      if (number === failing) throw new Error(`no ${number}`);
      return number;
    },
    peak: () => peak,
    live: () => live,
  };
}

test('results come in the order of the items, several at a time', async () => {
  const { work, peak } = slowWork();
  const found: number[] = [];
  for await (const number of ahead(upTo(20), 4, never, work)) found.push(number);
  expect(found).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(peak()).toBe(4);
});

test('nothing is under way after the end, whatever it was', async () => {
  const early = slowWork();
  for await (const number of ahead(upTo(20), 4, never, early.work)) if (number === 3) break;
  expect(early.live()).toBe(0);
  const failing = slowWork(5);
  const found: number[] = [];
  const all = async (): Promise<void> => {
    for await (const number of ahead(upTo(20), 4, never, failing.work)) found.push(number);
  };
  await expect(all()).rejects.toThrow('no 5');
  expect(found).toEqual([1, 2, 3, 4]);
  expect(failing.live()).toBe(0);
});
