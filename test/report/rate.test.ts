import { describe, expect, it } from 'vitest';
import { rateOf, type Sample, timeLeft, trackRate } from '../../src/report/rate.ts';

function track(samples: readonly Sample[]): readonly Sample[] {
  return samples.reduce<readonly Sample[]>(trackRate, []);
}

describe('the rate', () => {
  it('is unknown until half a second has passed', () => {
    expect(rateOf(track([{ atMs: 0, bytes: 0 }]))).toBeNull();
    expect(
      rateOf(
        track([
          { atMs: 0, bytes: 0 },
          { atMs: 499, bytes: 5 },
        ]),
      ),
    ).toBeNull();
    expect(
      rateOf(
        track([
          { atMs: 0, bytes: 0 },
          { atMs: 500, bytes: 5 },
        ]),
      ),
    ).toBe(10);
  });

  it('is that of the last ten seconds, from few samples', () => {
    const samples = track(
      Array.from({ length: 1000 }, (_, step) => ({ atMs: step * 100, bytes: Math.max(0, step - 500) * 100 })),
    );
    expect(rateOf(samples)).toBe(1000);
    expect(samples.length).toBeLessThan(30);
  });

  it('forgets what was long before a pause', () => {
    const samples = track(
      [0, 1000, 2000, 60_000].map((atMs) => ({ atMs, bytes: atMs === 60_000 ? 580 : 0 })),
    );
    expect(samples.map(({ atMs }) => atMs)).toEqual([2000, 60_000]);
    expect(rateOf(samples)).toBe(10);
  });

  it('is that since the last sample when nothing came for long, and never negative', () => {
    expect(
      rateOf(
        track([
          { atMs: 0, bytes: 0 },
          { atMs: 60_000, bytes: 600 },
        ]),
      ),
    ).toBe(10);
    expect(
      rateOf(
        track([
          { atMs: 0, bytes: 9 },
          { atMs: 1000, bytes: 0 },
        ]),
      ),
    ).toBe(0);
  });

  it('tells the time that is left, if it can', () => {
    expect(timeLeft(50, 100, 10)).toBe(5000);
    expect([timeLeft(50, null, 10), timeLeft(50, 100, null), timeLeft(50, 100, 0)]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
