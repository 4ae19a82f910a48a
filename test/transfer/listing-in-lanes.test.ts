import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedEntry, Store } from '../../src/transfer/ports.ts';
import { listInLanes } from '../../src/transfer/listing/in-lanes.ts';
import { compareKeys } from '../../src/transfer/compare-keys.ts';

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
      const later = heeds ? below.filter((key) => compareKeys(key, startAfter) > 0) : below;
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
        const fresh = page.filter(
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
const keySets = fc
  .constantFrom(letters, numbered, hashed, deep, giant, fc.oneof(letters, numbered, hashed, deep, giant))
  .chain((key) => fc.uniqueArray(key, { maxLength: 300 }))
  .map((keys) => keys.filter((key) => key !== ''));

describe('a listing in lanes', () => {
  test('is the one of a single lane, whatever the keys', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          keys: keySets,
          pageSize: fc.integer({ min: 1, max: 20 }),
          lanes: fc.integer({ min: 2, max: 40 }),
          prefix: fc.constantFrom('', '', '', 'data/', 'a', '0'),
          startAfter: fc.option(fc.oneof(letters, numbered), { nil: undefined, freq: 4 }),
          limit: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined, freq: 4 }),
          heeds: fc.boolean(),
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
      { numRuns: 500 },
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
