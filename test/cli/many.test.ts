import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abort } from '../../src/cli/work/abort.ts';
import { cleanup } from '../../src/cli/work/cleanup.ts';
import { ls } from '../../src/cli/work/ls.ts';
import type { Engine } from '../../src/transfer/engine.ts';
import type { ListedEntry, Store } from '../../src/transfer/ports.ts';
import { memoryContext } from '../support/memory/context.ts';
import { memorySetting, type Setting } from '../support/memory/engine.ts';

const DAY = 86_400_000;
const MANY = 10_000;
let state = '';
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'partwise-many-'));
});
afterAll(() => rm(state, { recursive: true }));

const keyOf = (index: number): string => `k${String(index).padStart(6, '0')}`;

/** A store with so many stale uploads of one part, and how many of its requests were ever under way at once. */
function settingWith(count: number): Setting & { peak(): number } {
  const now = Date.now();
  const setting = memorySetting({ startAt: now, latencyMs: () => 1 });
  for (let index = 0; index < count; index++) {
    const initiated = new Date(now - 30 * DAY - index * 1000);
    const part = { number: 1, bytes: new Uint8Array(3), etag: 'e', sums: {}, lastModified: initiated };
    const upload = { bucket: 'box', key: keyOf(index), uploadId: `id-${index}`, initiated };
    setting.store.uploads.set(upload.uploadId, { ...upload, parts: new Map([[1, part]]) });
  }
  let peak = 0;
  const { store } = setting;
  const watched: Store = {
    ...store,
    listParts: (...args) => {
      peak = Math.max(peak, store.calls.inFlight + 1);
      return store.listParts(...args);
    },
  };
  return { ...setting, engine: { ...setting.engine, store: watched }, peak: () => peak };
}

const keysIn = (json: string): string[] =>
  [...json.matchAll(/"action":"aborted".*?"key":"(\w+)"/g)].map(([, key = '']) => key);

describe('ten thousand stale uploads', () => {
  it('are cleaned up in lanes, in the order of the listing, with three requests each', async () => {
    const { engine, store, peak } = settingWith(MANY);
    const { context, out } = await memoryContext(engine, { flags: { json: true }, state });
    const end = await cleanup(['s3://box'], { olderThan: 7 * DAY }, context);
    expect(end).toMatchObject({ exitCode: 0, totals: { seen: MANY, aborted: MANY, partsFreed: MANY } });
    expect(keysIn(out())).toEqual(Array.from({ length: MANY }, (_, index) => keyOf(index)));
    expect(store.calls.count('listUploads')).toBe(MANY / 1000);
    expect(store.calls.count('abortUpload')).toBe(MANY);
    expect(store.calls.count('listParts')).toBe(2 * MANY);
    expect(peak()).toBeGreaterThan(4);
    expect(peak()).toBeLessThanOrEqual(8);
    expect(store.calls.inFlight).toBe(0);
  });

  it('are aborted in lanes too', async () => {
    const { engine, store, peak } = settingWith(500);
    const { context, out, err } = await memoryContext(engine, { flags: { json: true }, state });
    const end = await abort(['s3://box/'], { recursive: true, all: true, force: true }, context);
    expect(end).toMatchObject({ exitCode: 0, totals: { aborted: 500 } });
    expect(keysIn(out())).toEqual(Array.from({ length: 500 }, (_, index) => keyOf(index)));
    expect(err()).toContain('500 unfinished uploads');
    expect(store.uploads.size).toBe(0);
    expect(peak()).toBeGreaterThan(4);
  });
});

describe('a listing of more than a hundred thousand keys', () => {
  /** Keys without end of memory: each exists only while it is listed. */
  async function* endless(): AsyncGenerator<readonly ListedEntry[]> {
    for (let index = 0; index < 100_002; index++) yield [{ type: 'object', key: keyOf(index), size: 1 }];
  }
  const engineOf = ({ engine, store }: Setting): Engine => ({
    ...engine,
    store: { ...store, listObjects: endless },
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('is told how to be narrowed on a terminal (%s), once', async (isTerminal, times) => {
    const { context, out, err } = await memoryContext(engineOf(memorySetting()), { isTerminal });
    const end = await ls(['s3://box'], { recursive: true }, context);
    expect(end).toMatchObject({ exitCode: 0, totals: { objects: 100_002, bytes: 100_002 } });
    expect(out().match(/\n/g)).toHaveLength(100_002);
    expect([...err().matchAll(/narrow the listing/g)]).toHaveLength(times);
  });
});
