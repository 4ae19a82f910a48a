import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MIB } from '../../src/transfer/plan.ts';
import type { RunOptions } from '../../src/transfer/run.ts';
import { type Outcome, race, type Track } from '../support/link/race.ts';

const GIB = 1024 * MIB;
/** Bytes a millisecond. */
const MB_S = 1_000;
const ENDLESS = 1e9;

/** Fifty milliseconds away, and 20 MB/s a connection. */
const LONG: Track = {
  direction: 'put',
  sizeBytes: GIB,
  roundTripMs: 50,
  laneRate: () => 20 * MB_S,
  totalRate: () => ENDLESS,
};
/** On this machine: the processor is the limit, and every lane costs a little of it. */
const FAST: Track = {
  direction: 'put',
  sizeBytes: 2 * GIB,
  roundTripMs: 1,
  laneRate: () => ENDLESS,
  totalRate: (_, lanes) => 700 * MB_S * (1 - 0.003 * lanes),
};

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How much of the best fixed number of lanes the pace reaches by itself. */
async function shareOfBest(make: () => Track, options: RunOptions = {}): Promise<[number, Outcome]> {
  const auto = await race(make(), options);
  let best = Number.POSITIVE_INFINITY;
  for (const concurrency of [8, 16, 32, 64]) {
    best = Math.min(best, (await race(make(), { ...options, concurrency })).elapsedMs);
  }
  return [best / auto.elapsedMs, auto];
}

describe('on a long line the pace', () => {
  test.each(['put', 'get'] as const)(
    'reaches the best there is within the first parts of a %s',
    async (direction) => {
      const [share, auto] = await shareOfBest(() => ({ ...LONG, direction }));
      expect(share).toBeGreaterThan(0.87);
      expect(auto).toMatchObject({ peakLanes: 64, endLanes: 64, learned: 64 });
      // Nobody waited for a part to arrive.
      expect(auto.paces.at(-1)?.atMs).toBeLessThan(auto.arrivals[0] ?? 0);
    },
  );

  test('reaches it where this machine swallows whole parts at once', async () => {
    const [share] = await shareOfBest(() => ({ ...LONG, bufferBytes: 6 * MIB }));
    expect(share).toBeGreaterThan(0.87);
  });

  test('goes at one step to what was right before', async () => {
    const [share, auto] = await shareOfBest(() => LONG, { paceHint: { lanes: 64 } });
    expect(share).toBeGreaterThan(0.92);
    expect(auto.paces).toMatchObject([{ lanes: 64 }]);
  });

  test('takes more lanes than memory holds parts: the others are read twice', async () => {
    const [share, auto] = await shareOfBest(() => LONG, { maxMemory: 100 * MIB });
    // The best of the fixed ones, which hold every part, are twelve.
    expect(share).toBeGreaterThan(3);
    expect(auto).toMatchObject({ peakLanes: 64, endLanes: 64 });
  });

  test('takes no more lanes than memory holds two pieces for each', async () => {
    expect(await race(LONG, { maxMemory: 12 * MIB })).toMatchObject({ peakLanes: 24 });
  });

  test('takes lanes that hold no memory, whatever memory there is', async () => {
    expect(await race({ ...LONG, direction: 'get' }, { maxMemory: 64 * MIB })).toMatchObject({
      peakLanes: 64,
    });
  });
});

describe('on a line that is full with a few lanes the pace', () => {
  test('stays at eight next door, though somebody used more before', async () => {
    const [share, auto] = await shareOfBest(() => FAST, { paceHint: { lanes: 64 } });
    expect(share).toBeGreaterThan(0.95);
    expect(auto).toMatchObject({ peakLanes: 8, paces: [] });
  });

  test('stops early where the processor is the limit, and the server far, and gives back in time', async () => {
    const far = { ...FAST, roundTripMs: 15 };
    const [share, auto] = await shareOfBest(() => far);
    expect(share).toBeGreaterThan(0.87);
    // One step too many, which was the first; nothing more at once.
    expect(auto.paces[0]).toMatchObject({ lanes: 32 });
    expect(auto.paces[1]?.atMs).toBeGreaterThan(600);
    const longer = await race({ ...far, sizeBytes: 20 * GIB });
    expect(longer.endLanes).toBeLessThanOrEqual(15);
  });

  test.each([100, 300, 600])('finds how many that are: %d MB/s', async (megabytes) => {
    const totalRate = (): number => megabytes * MB_S;
    const [share, auto] = await shareOfBest(() => ({ ...LONG, sizeBytes: 2 * GIB, totalRate }));
    expect(share).toBeGreaterThan(0.87);
    expect(auto.learned).toBeLessThanOrEqual(Math.max(16, (megabytes / 20) * 2.2));
  });

  test('does not fill a slow one with parts that would take minutes', async () => {
    const slow = { ...LONG, sizeBytes: GIB / 4, roundTripMs: 30, totalRate: () => MB_S };
    const [share, auto] = await shareOfBest(() => slow);
    expect(share).toBeGreaterThan(0.98);
    expect(auto.peakLanes).toBeLessThanOrEqual(10);
  });
});

describe('where every lane is slow the pace', () => {
  test('takes more as long as they bring more, whatever breaks off', async () => {
    const lossy = (): Track => {
      const chance = random(1);
      return {
        ...LONG,
        sizeBytes: 2 * GIB,
        laneRate: () => (0.5 + chance() * 1.5) * MB_S,
        trouble: () => (chance() < 0.03 ? { breaksAt: chance() } : {}),
      };
    };
    const [share, auto] = await shareOfBest(lossy);
    expect(share).toBeGreaterThan(0.87);
    expect(auto.endLanes).toBeGreaterThanOrEqual(48);
  });

  test.each([
    [5, 4, 0.8],
    [10, 1, 0.6],
    [30, 8, 0.8],
    [60, 8, 0.8],
  ])('takes more from a server next door that gives a lane %d MB/s', async (megabytes, gibibytes, least) => {
    const nextDoor: Track = {
      ...LONG,
      sizeBytes: gibibytes * GIB,
      roundTripMs: 2,
      laneRate: () => megabytes * MB_S,
      totalRate: () => 1_100 * MB_S,
    };
    const [share, auto] = await shareOfBest(() => nextDoor);
    expect(share).toBeGreaterThan(least);
    expect(auto.peakLanes).toBeGreaterThanOrEqual(32);
  });

  test('takes back at once what brings nothing next door', async () => {
    const full: Track = { ...LONG, sizeBytes: GIB / 2, roundTripMs: 2, totalRate: () => 115 * MB_S };
    const [share, auto] = await shareOfBest(() => full);
    expect(share).toBeGreaterThan(0.97);
    expect(auto.paces.slice(0, 2)).toMatchObject([{ lanes: 16 }, { lanes: 8 }]);
    expect(auto.paces[1]?.atMs).toBeLessThan(1_000);
  });
});

describe('when the line changes the pace', () => {
  const changing = (before: number, after: number): Track => ({
    ...LONG,
    direction: 'get',
    sizeBytes: 5 * GIB,
    totalRate: (elapsedMs) => (elapsedMs < 2_500 ? before : after) * MB_S,
  });

  test('lets go of lanes that bring nothing any more', async () => {
    const [share, auto] = await shareOfBest(() => changing(1200, 200));
    expect(share).toBeGreaterThan(0.9);
    expect(auto.peakLanes).toBe(64);
    expect(auto.endLanes).toBeLessThanOrEqual(32);
  });

  test('takes more when they bring more again', async () => {
    const [share, auto] = await shareOfBest(() => changing(100, 1200));
    expect(share).toBeGreaterThan(0.75);
    expect(auto.endLanes).toBe(64);
  });
});

describe('when a server has enough the pace', () => {
  test('halves, comes back to a little less than that, and stays there for a while', async () => {
    const limited: Track = { ...LONG, sizeBytes: 4 * GIB, trouble: (lanes) => ({ isTooMuch: lanes >= 24 }) };
    const auto = await race(limited);
    const lanes = auto.paces.map((change) => change.lanes);
    expect(lanes.slice(0, 2)).toEqual([32, 16]);
    expect(auto.endLanes).toBeGreaterThanOrEqual(16);
    expect(auto.endLanes).toBeLessThanOrEqual(24);
    const best = await race(limited, { concurrency: 24 });
    expect(best.elapsedMs / auto.elapsedMs).toBeGreaterThan(0.7);
    // Not a refusal for every part: a burst or two for the search, then peace.
    expect(auto.refusals).toBeLessThan(60);
  });

  test('does not take an outage for many messages', async () => {
    const isTooMuch = (elapsedMs: number): boolean => elapsedMs > 500 && elapsedMs < 20_000;
    const trouble = (_: number, elapsedMs: number) => ({ isTooMuch: isTooMuch(elapsedMs) });
    const auto = await race({ ...FAST, totalRate: () => 100 * MB_S, trouble });
    expect(Math.min(...auto.paces.map(({ lanes }) => lanes))).toBeLessThanOrEqual(4);
    expect(auto.endLanes).toBeGreaterThanOrEqual(6);
  });

  test('does not slow the next run down when it ends within an outage', async () => {
    const trouble = (_: number, elapsedMs: number) => ({ isTooMuch: elapsedMs > 500 && elapsedMs < 20_000 });
    const auto = await race({ ...FAST, sizeBytes: 56 * 8 * MIB, trouble });
    expect(auto.endLanes).toBeLessThan(6);
    expect(auto.learned).toBe(6);
  });

  test('begins with fewer the next time', async () => {
    const auto = await race({ ...FAST, sizeBytes: GIB / 8 }, { paceHint: { lanes: 4 } });
    expect(auto.peakLanes).toBe(4);
  });
});

test('a pace never takes more lanes or memory than allowed, and lets all of them go', async () => {
  const tracks = fc.record({
    direction: fc.constantFrom('put' as const, 'get' as const),
    parts: fc.integer({ min: 2, max: 90 }),
    memoryParts: fc.integer({ min: 1, max: 80 }),
    roundTripMs: fc.integer({ min: 1, max: 300 }),
    laneRate: fc.integer({ min: 1, max: 200 }),
    totalRate: fc.integer({ min: 1, max: 2_000 }),
    enough: fc.integer({ min: 2, max: 100 }),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(tracks, async ({ direction, parts, memoryParts, seed, enough, ...line }) => {
      const chance = random(seed);
      const auto = await race(
        {
          direction,
          sizeBytes: parts * 8 * MIB,
          roundTripMs: line.roundTripMs,
          laneRate: () => line.laneRate * MB_S,
          totalRate: () => line.totalRate * MB_S,
          trouble: (lanes) => ({
            isTooMuch: lanes >= enough,
            ...(chance() < 0.02 && { breaksAt: chance() }),
          }),
        },
        { maxMemory: memoryParts * 8 * MIB },
      );
      // Far away a part that finds no room is read twice, and holds half a MiB.
      const perPart = line.roundTripMs < 10 ? 1 : 16;
      const most = direction === 'put' ? Math.min(64, memoryParts * perPart) : 64;
      expect(auto.peakLanes).toBeLessThanOrEqual(most);
      expect(auto.arrivals).toHaveLength(parts);
      expect(auto.isIdle).toBe(true);
      for (const { lanes } of auto.paces) expect(lanes).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 40 },
  );
});
