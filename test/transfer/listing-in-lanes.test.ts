import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedEntry, Repeat, Store } from '../../src/transfer/ports.ts';
import { compareKeys } from '../support/memory/listings.ts';
import { listInLanes } from '../../src/transfer/listing/in-lanes.ts';

const signal = new AbortController().signal;
const repeat = <T>(request: () => Promise<T>): Promise<T> => request();

type Fake = Pick<Store, 'listObjects'> & { requests: number; inFlight: number; peak: number };

/** A store with these keys, whose answers take turns as they like. */
function storeOf(keys: readonly string[], pageSize: number, heeds = true): Fake {
  const sorted = [...new Set(keys)].toSorted(compareKeys);
  const fake: Fake = {
    requests: 0,
    inFlight: 0,
    peak: 0,
    async *listObjects(
      _,
      prefix,
      { startAfter = '', limit = Number.POSITIVE_INFINITY, delimiter, ...asking },
    ) {
      let left = limit;
      const named = (key: string): string => {
        const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
        return end === -1 ? key : key.slice(0, end + 1);
      };
      const below = sorted.filter((key) => key.startsWith(prefix));
      const later = heeds ? below.slice(placeBehind(below, startAfter)) : below;
      const all = [...new Set(later.map(named))];
      for (let at = 0; left > 0; ) {
        const page = await asking.repeat(async () => {
          asking.signal.throwIfAborted();
          fake.requests++;
          fake.peak = Math.max(fake.peak, ++fake.inFlight);
          for (let turns = (fake.requests * 7) % 5; turns >= 0; turns--) await Promise.resolve();
          fake.inFlight--;
          return all.slice(at, at + Math.min(pageSize, left));
        });
        at += page.length;
        const fresh = heeds
          ? page
          : page.filter(
              (key) => compareKeys(key, startAfter) > 0 || (delimiter && startAfter.startsWith(key)),
            );
        const entries = fresh.map((key): ListedEntry => ({ type: 'object', key, size: 1 }));
        left -= entries.length;
        if (entries.length > 0 || at < all.length) yield entries;
        if (at >= all.length) return;
      }
    },
  };
  return fake;
}

/** How many of the sorted keys are not behind `after`. */
function placeBehind(sorted: readonly string[], after: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compareKeys(sorted[middle] ?? '', after) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

async function keysOf(pages: AsyncIterable<readonly ListedEntry[]>): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages)
    for (const entry of page) if (entry.type === 'object') found.push(entry.key);
  return found;
}

const letters = fc.string({
  unit: fc.constantFrom('a', 'b', '0', '9', '/', '-', '~', ' ', 'é', '\u{e000}', '～', '😀'),
  maxLength: 8,
});
const numbered = fc.nat({ max: 9999 }).map((number) => `data/${String(number).padStart(6, '0')}.bin`);
const hashed = fc.integer({ min: 0 }).map((number) => (number >>> 0).toString(16).padStart(8, '0'));
const deep = fc
  .array(fc.constantFrom('a', 'aa', 'b'), { minLength: 1, maxLength: 8 })
  .map((names) => names.join('/'));
const giant = fc.nat({ max: 999 }).map((number) => `${'one/long/beginning/'.repeat(5)}${number}`);
/** Folders and objects side by side: before the slash, at it, and behind. */
const beside = fc
  .tuple(fc.nat({ max: 12 }), fc.constantFrom('/', '/', '/', '-', '0', '\u{e000}', '😀'), fc.nat({ max: 60 }))
  .map(([folder, between, number]) => `top/${folder}${between}${number}`);
const anything = fc.oneof(letters, numbered, hashed, deep, giant, beside);
const keySets = fc
  .constantFrom(letters, numbered, hashed, deep, giant, beside, anything)
  .chain((key) => fc.uniqueArray(key, { maxLength: 300, size: 'max' }))
  .map((keys) => keys.filter((key) => key !== ''));

describe('a listing in lanes', () => {
  test('is the one of a single lane, whatever the keys', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          keys: keySets,
          pageSize: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 40 })),
          lanes: fc.integer({ min: 2, max: 40 }),
          prefix: fc.constantFrom('', '', '', 'data/', 'a', '0', 'top/', 'top/1'),
          startAfter: fc.option(fc.oneof(letters, numbered), { nil: undefined, freq: 4 }),
          limit: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined, freq: 4 }),
          heeds: fc.constantFrom(true, true, true, false),
        }),
        async ({ keys, pageSize, lanes, prefix, heeds, startAfter, limit }) => {
          const store = storeOf(keys, pageSize, heeds);
          const options = { signal, repeat, ...(startAfter && { startAfter }), ...(limit && { limit }) };
          const alone = await keysOf(store.listObjects('b', prefix, options));
          store.peak = 0;
          expect(await keysOf(listInLanes(store, 'b', prefix, { ...options, lanes }))).toEqual(alone);
          expect(store.peak).toBeLessThanOrEqual(lanes);
          expect(store.inFlight).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    [
      'numbered',
      (index: number) =>
        `data/${String(Math.floor(index / 1000)).padStart(6, '0')}/object-${String(index).padStart(9, '0')}.bin`,
    ],
    ['hashed', (index: number) => ((index * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')],
    ['dated', (index: number) => `logs/${new Date(1.7e12 + index * 4e6).toISOString()}.gz`],
    ['lopsided', (index: number) => (index % 10 === 0 ? `z${index}` : `a/${'0'.repeat(20)}${index}`)],
  ])('asks not much more often for %s keys', async (_, keyOf) => {
    const keys = Array.from({ length: 20_000 }, (__, index) => keyOf(index));
    const store = storeOf(keys, 100);
    const found = await keysOf(listInLanes(store, 'b', '', { signal, repeat, lanes: 16 }));
    expect(found).toHaveLength(20_000);
    expect(store.requests).toBeLessThan(600);
    expect(store.peak).toBeGreaterThan(12);
  });
});

describe('a listing in lanes that goes wrong', () => {
  const keys = Array.from({ length: 2000 }, (_, index) => `k${String(index).padStart(5, '0')}`);
  const list = (store: Fake, options: object = {}): Promise<string[]> =>
    keysOf(listInLanes(store, 'b', '', { signal, repeat, lanes: 8, ...options }));

  test('ends with the failure of any lane, and none goes on', async () => {
    const store = storeOf(keys, 20);
    let asked = 0;
    const failing: Repeat = (request) =>
      ++asked === 30 ? Promise.reject(new Error('not today')) : request();
    await expect(list(store, { repeat: failing })).rejects.toThrow('not today');
    expect(store.inFlight).toBe(0);
  });

  test('ends when it is interrupted, and none goes on', async () => {
    const store = storeOf(keys, 20);
    const controller = new AbortController();
    let asked = 0;
    const counting: Repeat = (request) => {
      if (++asked === 30) controller.abort();
      return request();
    };
    await expect(list(store, { repeat: counting, signal: controller.signal })).rejects.toMatchObject({
      kind: 'interrupted',
    });
    expect(store.inFlight).toBe(0);
  });

  test('goes on in one lane where the server begins where it likes, and says so once', async () => {
    const reasons: string[] = [];
    const onSequential = (why: string): void => void reasons.push(why);
    expect(await list(storeOf(keys, 20, false), { onSequential })).toEqual(keys);
    expect(reasons).toEqual([expect.stringContaining('does not begin')]);
  });

  test('goes on in one lane where the server knows no order', async () => {
    const reasons: string[] = [];
    const shuffled = ['b', 'a', 'd', 'c'].map((key): ListedEntry => ({ type: 'object', key, size: 1 }));
    async function* listObjects(): AsyncGenerator<readonly ListedEntry[]> {
      yield shuffled;
      yield await Promise.resolve(shuffled.toReversed());
    }
    const options = { signal, repeat, lanes: 4, onSequential: (why: string) => void reasons.push(why) };
    expect(await keysOf(listInLanes({ listObjects }, 'b', '', options))).toHaveLength(8);
    expect(reasons).toEqual([expect.stringContaining('no order')]);
  });
});
