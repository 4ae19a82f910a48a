import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { download } from '../../src/transfer/download.ts';
import { createThrottle } from '../../src/transfer/throttle.ts';
import { upload } from '../../src/transfer/upload.ts';
import { uploadStream } from '../../src/transfer/upload-stream.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { virtualClock } from '../support/memory/clock.ts';
import { memorySetting, type Setting, TARGET } from '../support/memory/engine.ts';
import { memorySink } from '../support/memory/sink.ts';
import { memorySource, memoryStream } from '../support/memory/source.ts';

const NEVER = new AbortController().signal;
const MIB = 1024 ** 2;

/** Pieces that pass, each after a pause of its lane; when each of them has passed. */
type Lane = readonly { readonly bytes: number; readonly pauseMs: number }[];
type Passed = { readonly at: number; readonly bytes: number };

async function passAll(rate: number, lanes: readonly Lane[]): Promise<Passed[]> {
  const clock = virtualClock(0);
  const throttle = createThrottle(rate, clock);
  const passed: Passed[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const { bytes, pauseMs } of lane) {
        await clock.sleep(pauseMs, { signal: NEVER });
        await throttle.pass(bytes, { signal: NEVER });
        passed.push({ at: clock.now(), bytes });
      }
    }),
  );
  return passed;
}

/** The most bytes beyond the rate that passed between any two moments. */
function mostBeyond(passed: readonly Passed[], rate: number): number {
  return Math.max(
    ...passed.flatMap(({ at: from }, first) => {
      let sum = 0;
      return passed.slice(first).map(({ at, bytes }) => (sum += bytes) - ((at - from) * rate) / 1000);
    }),
  );
}

const piece = fc.record({
  bytes: fc.integer({ min: 1, max: 300_000 }),
  pauseMs: fc.integer({ min: 0, max: 50 }),
});
const lanes = fc.array(fc.array(piece, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });
const rates = fc.integer({ min: 1_000, max: 50_000_000 });

describe('a throttle', () => {
  test('lets no more pass in any time than its rate, a tenth of a second and one piece', async () => {
    await fc.assert(
      fc.asyncProperty(rates, lanes, async (rate, all) => {
        const largest = Math.max(...all.flat().map(({ bytes }) => bytes));
        const beyond = mostBeyond(await passAll(rate, all), rate);
        // And a millisecond's worth, for which no timer is set.
        expect(beyond).toBeLessThanOrEqual(rate * 0.101 + largest + 1);
      }),
    );
  });

  test('loses no time: whoever always has something to send gets the whole rate', async () => {
    await fc.assert(
      fc.asyncProperty(rates, lanes, async (rate, all) => {
        const busy = all.map((lane) => lane.map(({ bytes }) => ({ bytes, pauseMs: 0 })));
        const total = busy.flat().reduce((sum, { bytes }) => sum + bytes, 0);
        const end = Math.max(...(await passAll(rate, busy)).map(({ at }) => at));
        expect(end).toBeLessThanOrEqual((total / rate) * 1000);
      }),
    );
  });

  test('asks for pieces of a tenth of a second, neither tiny nor large', () => {
    const sizes = [100, 10_000, 1_000_000, 1e9].map(
      (rate) => createThrottle(rate, virtualClock()).pieceBytes,
    );
    expect(sizes).toEqual([1024, 1024, 100_000, 256 * 1024]);
  });

  test('holds nobody back who is interrupted', async () => {
    const clock = virtualClock();
    const throttle = createThrottle(1, clock);
    const controller = new AbortController();
    const waiting = throttle.pass(1_000_000, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' });
    await expect(throttle.pass(1, { signal: controller.signal })).rejects.toMatchObject({
      kind: 'interrupted',
    });
    expect(clock.sleeping()).toBe(0);
  });

  test.each([0, -1, Number.NaN])('of %s bytes a second is a mistake', (rate) => {
    expect(() => createThrottle(rate, virtualClock())).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

const BYTES = patternBytes(2 * MIB);
const RATE = MIB / 4;

const WAYS: Readonly<Record<string, (setting: Setting) => Promise<unknown>>> = {
  'a put in parts': ({ engine, clock }) =>
    upload(engine, memorySource(BYTES, { clock }), TARGET, { partSize: 256 * 1024, minPartSize: 1 }),
  'a put in one request': ({ engine, clock }) => upload(engine, memorySource(BYTES, { clock }), TARGET),
  'a put from a stream': ({ engine }) => uploadStream(engine, memoryStream(BYTES), TARGET),
  'a get': ({ engine, store, clock }) => {
    store.place('key', BYTES);
    return download(engine, TARGET, memorySink({ clock }), { partSize: 256 * 1024 });
  },
  'a get in order': ({ engine, store, clock }) => {
    store.place('key', BYTES);
    return download(engine, TARGET, memorySink({ clock, order: 'in-order' }), { partSize: 256 * 1024 });
  },
};

describe('a run with a limited rate', () => {
  test.each(Object.entries(WAYS))('moves no faster: %s', async (_, way) => {
    const setting = memorySetting({ bytesPerSecond: RATE, cutSize: 256 * 1024 });
    const from = setting.clock.now();
    await way(setting);
    const seconds = (setting.clock.now() - from) / 1000;
    expect(seconds).toBeGreaterThan(7.8);
    expect(seconds).toBeLessThan(8.4);
  });

  test('shares the rate between its transfers', async () => {
    const setting = memorySetting({ bytesPerSecond: RATE });
    const { engine, clock } = setting;
    const from = clock.now();
    const put = (key: string): Promise<unknown> =>
      upload(engine, memorySource(BYTES, { clock }), { ...TARGET, key });
    await Promise.all([put('a'), put('b')]);
    expect((clock.now() - from) / 1000).toBeGreaterThan(15.8);
  });
});
