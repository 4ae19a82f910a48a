import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import { inParallel } from '../../src/transfer/parallel.ts';
import { virtualClock } from '../support/memory/clock.ts';

const NEVER = new AbortController().signal;

async function* asyncly<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function* failing(): AsyncGenerator<number> {
  yield 1;
  throw new TransferError('disk', 'no directory');
}

describe('inParallel', () => {
  test.each([
    ['an array', (items: number[]) => items],
    ['an async generator', (items: number[]) => asyncly(items)],
  ])('works on every item of %s once, in order, in no more than its lanes', async (_, from) => {
    const clock = virtualClock();
    const seen: number[] = [];
    let running = 0;
    let peak = 0;
    await inParallel(from([1, 2, 3, 4, 5, 6, 7]), 3, NEVER, async (item, signal) => {
      seen.push(item);
      peak = Math.max(peak, ++running);
      await clock.sleep(10 - item, { signal });
      running--;
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(peak).toBe(3);
  });

  test('throws the first failure after the other lanes have let go, and begins nothing more', async () => {
    const clock = virtualClock();
    const failure = new TransferError('disk', 'first');
    const begun: number[] = [];
    let running = 0;
    const work = inParallel([1, 2, 3, 4, 5], 3, NEVER, async (item, signal) => {
      begun.push(item);
      running++;
      try {
        await clock.sleep(item === 2 ? 1 : 50, { signal });
        throw failure;
      } finally {
        await clock.sleep(5, { signal: NEVER });
        running--;
      }
    });
    await expect(work).rejects.toBe(failure);
    expect(running).toBe(0);
    expect(begun).toEqual([1, 2, 3]);
  });

  test('tells the lanes beside a failure why they must stop', async () => {
    const failure = new TransferError('disk', 'first');
    const reasons: unknown[] = [];
    const work = inParallel(['fails', 'waits'], 2, NEVER, async (item, signal) => {
      if (item === 'fails') throw failure;
      reasons.push(signal.reason);
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      await Promise.resolve();
    });
    await expect(work).rejects.toBe(failure);
    expect(reasons.at(-1)).toBe(failure);
  });

  test('throws the reason of an outer interruption, not what the lanes made of it', async () => {
    const outer = new AbortController();
    const reason = new TransferError('interrupted', 'Ctrl-C');
    const work = inParallel([1], 1, outer.signal, async () => {
      outer.abort(reason);
      throw new Error('ECONNRESET');
    });
    await expect(work).rejects.toBe(reason);
  });

  test('throws what the iterator throws', async () => {
    await expect(inParallel(failing(), 2, NEVER, async () => {})).rejects.toMatchObject({ kind: 'disk' });
  });

  test('closes the iterator it did not finish', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (;;) yield 1;
      } finally {
        isClosed = true;
      }
    }
    const work = inParallel(endless(), 2, NEVER, () => Promise.reject(new TransferError('disk', 'full')));
    await expect(work).rejects.toMatchObject({ kind: 'disk' });
    expect(isClosed).toBe(true);
  });

  test('asks an iterable that is no generator for one item at a time', async () => {
    let asking = 0;
    let left = 5;
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          expect(++asking).toBe(1);
          await Promise.resolve();
          asking--;
          return left-- > 0 ? { value: left, done: false } : { value: undefined, done: true };
        },
      }),
    };
    const seen: number[] = [];
    await inParallel(items, 4, NEVER, async (item) => void seen.push(item));
    expect(seen).toEqual([4, 3, 2, 1, 0]);
  });
});
