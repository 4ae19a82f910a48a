import { describe, expect, test } from 'vitest';
import { createClimb } from '../../src/transfer/climb.ts';

/** Windows of a second on a line that gives so much with so many lanes: which lanes there were in each. */
function climbOn(
  goodputOf: (lanes: number, second: number) => number,
  seconds: number,
  isSlow = false,
): number[] {
  const climb = createClimb(8);
  const seen: number[] = [];
  let lanes = 8;
  for (let second = 0; second < seconds; second++) {
    seen.push(lanes);
    const window = { lanes, goodput: goodputOf(lanes, second), now: second * 1_000, most: 64, isSlow };
    lanes = climb.judge(window)?.lanes ?? lanes;
  }
  return seen;
}

describe('a climb', () => {
  test('doubles while that pays, up to the most there may be', () => {
    expect(climbOn((lanes) => lanes, 6)).toEqual([8, 16, 32, 64, 64, 64]);
  });

  test('comes back from what did not pay, by a small step too', () => {
    expect(climbOn(() => 100, 6)).toEqual([8, 16, 8, 10, 8, 8]);
  });

  test('finds what lies between two doublings', () => {
    expect(climbOn((lanes) => Math.min(lanes, 9.5), 6)).toEqual([8, 16, 8, 10, 13, 10]);
  });

  test('tries less and less often what brought nothing', () => {
    const trials = climbOn(() => 100, 600).flatMap((lanes, second) => (lanes === 16 ? [second] : []));
    const pauses = trials.slice(1).map((second, index) => second - (trials[index] ?? 0));
    expect(pauses.slice(0, 3)).toEqual(pauses.slice(0, 3).toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(60);
    expect(trials.length).toBeLessThan(16);
  });

  test('tries now and then whether fewer do, and keeps to that', () => {
    const lanes = climbOn((lanes) => Math.min(lanes, 46), 20);
    expect(lanes.slice(0, 9)).toEqual([8, 16, 32, 64, 64, 64, 64, 64, 64]);
    expect(lanes).toContain(48);
    expect(lanes.at(-1)).toBe(48);
  });

  test('takes only small steps where parts are slow', () => {
    expect(climbOn((lanes) => lanes, 4, true)).toEqual([8, 10, 13, 17]);
  });

  test('goes down while that costs nothing when goodput falls, and up again when it rises', () => {
    const line = (lanes: number, second: number): number =>
      Math.min(lanes, second >= 5 && second < 14 ? 12 : 64);
    const lanes = climbOn(line, 24);
    expect(lanes.slice(0, 5)).toEqual([8, 16, 32, 64, 64]);
    expect(lanes[13]).toBeLessThan(20);
    expect(lanes.at(-1)).toBe(64);
  });

  test('tries nothing while it is held, and then only a little', () => {
    const climb = createClimb(8);
    climb.hold(0, 10_000, 'small');
    const at = (now: number) => climb.judge({ lanes: 8, goodput: 100, now, most: 64, isSlow: false });
    expect([at(1_000), at(9_000)]).toEqual([undefined, undefined]);
    expect(at(10_000)).toMatchObject({ lanes: 10 });
  });
});
