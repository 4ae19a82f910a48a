import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGate, type Gate, type Permit, type Room } from '../../src/transfer/gate.ts';

const NEVER = new AbortController().signal;
const PART: Room = { bytes: 100, least: 10 };

/** Lets as many of them in as get in, and answers with the memory that each came with. */
async function enter(gate: Gate, rooms: readonly Room[]): Promise<Permit[]> {
  const inside: Permit[] = [];
  for (const room of rooms) void gate.enter(room, NEVER).then((permit) => inside.push(permit));
  await new Promise<void>((resolve) => void setImmediate(resolve));
  return inside;
}

const parts = (count: number): Room[] => Array.from({ length: count }, () => PART);
const bytesOf = (permits: readonly Permit[]): number[] => permits.map(({ bytes }) => bytes);

describe('where lanes are worth more than memory', () => {
  const gate = (maxMemory: number, lanes = 8): Gate =>
    createGate({ lanes, maxMemory, mayShrink: () => true });

  test('every lane is used, and as many parts as fit come with all they want', async () => {
    const inside = await enter(gate(350), parts(8));
    expect(bytesOf(inside)).toEqual([100, 100, 100, 10, 10, 10, 10, 10]);
  });

  test('a part comes with all it wants as soon as another one has left', async () => {
    const one = gate(350);
    const inside = await enter(one, parts(8));
    inside[0]?.release();
    expect(bytesOf(await enter(one, [PART]))).toEqual([100]);
  });

  test('the least is waited for too', async () => {
    const one = gate(25, 4);
    const inside = await enter(one, parts(4));
    // Alone, the first one may have more than there is.
    expect(bytesOf(inside)).toEqual([100]);
    inside[0]?.release();
    await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(bytesOf(inside)).toEqual([100, 100]);
    expect(one.wanted).toBe(2);
  });

  test('all that wait are wanted, as far as the least of each goes', async () => {
    const one = gate(150, 2);
    await enter(one, parts(20));
    expect(one.wanted).toBe(15);
    expect(gate(350).wanted).toBe(0);
  });
});

test('elsewhere a part waits for all the memory it wants', async () => {
  const gate = createGate({ lanes: 8, maxMemory: 350 });
  expect(bytesOf(await enter(gate, parts(8)))).toEqual([100, 100, 100]);
  expect(gate.wanted).toBe(3);
});

test('whatever comes and goes, there are never more lanes or bytes inside than allowed, and all get in', async () => {
  const rooms = fc.array(
    fc.record({ bytes: fc.integer({ min: 1, max: 120 }), least: fc.integer({ min: 1, max: 20 }) }),
    { minLength: 1, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(
      rooms,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 20, max: 400 }),
      fc.boolean(),
      async (wanted, lanes, maxMemory, shrinks) => {
        const gate = createGate({ lanes, maxMemory, mayShrink: () => shrinks });
        let done = 0;
        const inside = new Set<Permit>();
        await Promise.all(
          wanted.map(async ({ bytes, least }) => {
            const room = { bytes, least: Math.min(bytes, least) };
            const permit = await gate.enter(room, NEVER);
            inside.add(permit);
            const held = [...inside].reduce((sum, other) => sum + other.bytes, 0);
            expect(inside.size).toBeLessThanOrEqual(lanes);
            if (inside.size > 1) expect(held).toBeLessThanOrEqual(maxMemory);
            expect([room.bytes, ...(shrinks ? [room.least] : [])]).toContain(permit.bytes);
            await Promise.resolve();
            inside.delete(permit);
            permit.release();
            done++;
          }),
        );
        expect(done).toBe(wanted.length);
        expect(gate.moving).toBe(0);
      },
    ),
  );
});
