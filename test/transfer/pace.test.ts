import { describe, expect, test } from 'vitest';
import type { TransferEvent } from '../../src/transfer/events.ts';
import { createFixedPace, type Pace } from '../../src/transfer/pace.ts';
import { exactly, type Permit } from '../../src/transfer/gate.ts';

const NEVER = new AbortController().signal;

function paceOf(lanes: number, maxMemory = 1000): { pace: Pace; events: TransferEvent[] } {
  const events: TransferEvent[] = [];
  return { pace: createFixedPace({ lanes, maxMemory, emit: (event) => events.push(event) }), events };
}

/** Enters once for each size, and shows who is in. */
function enterAll(pace: Pace, sizes: readonly number[]): { inside: number[]; permits: Map<number, Permit> } {
  const inside: number[] = [];
  const permits = new Map<number, Permit>();
  for (const [index, size] of sizes.entries()) {
    void (async () => {
      const permit = await pace.enter(exactly(size), NEVER);
      inside.push(index);
      permits.set(index, permit);
    })();
  }
  return { inside, permits };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a pace', () => {
  test('lets in as many as it has lanes, the next when one leaves', async () => {
    const { inside, permits } = enterAll(paceOf(2).pace, [1, 1, 1]);
    await settled();
    expect(inside).toEqual([0, 1]);
    permits.get(0)?.release();
    await settled();
    expect(inside).toEqual([0, 1, 2]);
  });

  test('holds everybody behind the first that does not fit the memory', async () => {
    const { inside, permits } = enterAll(paceOf(4, 100).pace, [60, 60, 10]);
    await settled();
    expect(inside).toEqual([0]);
    permits.get(0)?.release();
    await settled();
    expect(inside).toEqual([0, 1, 2]);
  });

  test('lets in one part that is larger than the memory when nothing else moves', async () => {
    const { inside, permits } = enterAll(paceOf(4, 100).pace, [500, 1]);
    await settled();
    expect(inside).toEqual([0]);
    permits.get(0)?.release();
    await settled();
    expect(inside).toEqual([0, 1]);
  });

  test('counts a permit that is released twice once', async () => {
    const { inside, permits } = enterAll(paceOf(1).pace, [1, 1, 1]);
    await settled();
    permits.get(0)?.release();
    permits.get(0)?.release();
    await settled();
    expect(inside).toEqual([0, 1]);
  });

  test('forgets whoever stops waiting and admits those behind', async () => {
    const { pace } = paceOf(4, 100);
    const { inside } = enterAll(pace, [60]);
    const impatient = new AbortController();
    const large = pace.enter(exactly(60), impatient.signal);
    const small = pace.enter(exactly(10), NEVER);
    impatient.abort();
    await expect(large).rejects.toMatchObject({ kind: 'interrupted' });
    await expect(small).resolves.toBeDefined();
    expect(inside).toEqual([0]);
  });

  test('lets nobody in by an aborted signal', async () => {
    await expect(paceOf(1).pace.enter(exactly(1), AbortSignal.abort())).rejects.toMatchObject({
      kind: 'interrupted',
    });
  });

  test('halves its lanes when the server asks for it, down to one', () => {
    const { pace, events } = paceOf(8);
    for (const time of [10, 20, 30, 40]) pace.slowDown(time, time);
    expect(events).toMatchObject([{ lanes: 4 }, { lanes: 2 }, { lanes: 1 }]);
  });

  test('takes one burst of refusals for one', () => {
    const { pace, events } = paceOf(8);
    pace.slowDown(1, 100);
    pace.slowDown(2, 101);
    pace.slowDown(99, 102);
    expect(events).toHaveLength(1);
    pace.slowDown(100, 103);
    expect(events).toHaveLength(2);
  });

  test('gives a lane back after ten successes, up to what it began with', async () => {
    const { pace, events } = paceOf(2);
    pace.slowDown(1, 1);
    const { inside } = enterAll(pace, [1, 1]);
    for (let success = 1; success < 10; success++) pace.succeeded(0, 1);
    await settled();
    expect(inside).toEqual([0]);
    pace.succeeded(0, 1);
    await settled();
    expect(inside).toEqual([0, 1]);
    for (let success = 1; success <= 30; success++) pace.succeeded(0, 1);
    expect(events).toMatchObject([{ lanes: 1 }, { lanes: 2 }]);
  });
});
