import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch, type Watchdog } from '../../src/s3/watchdog.ts';

const outer = new AbortController();
let dogs: Watchdog[] = [];

function open(slowest?: { bytesPerSecond: number; windowMs: number }): Watchdog {
  const dog = watch(outer.signal, { what: 'get s3://b/k', limitMs: 5_000, slowest });
  dogs.push(dog);
  return dog;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  for (const dog of dogs) dog.stop();
  dogs = [];
  vi.useRealTimers();
});

describe('a watched request', () => {
  it('is given up when nothing moves for as long as the limit', () => {
    const dog = open();
    vi.advanceTimersByTime(4_999);
    dog.alive();
    vi.advanceTimersByTime(4_999);
    expect(dog.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(dog.signal.reason).toMatchObject({ kind: 'network', recovery: 'again', code: 'ETIMEDOUT' });
  });

  it('is not given up while this side is busy, and is watched again afterwards', () => {
    const dog = open({ bytesPerSecond: 1_000, windowMs: 60_000 });
    for (let chunk = 0; chunk < 10; chunk++) {
      dog.alive(100);
      dog.pause();
      vi.advanceTimersByTime(60_000);
    }
    expect(dog.signal.aborted).toBe(false);
    dog.alive();
    vi.advanceTimersByTime(5_000);
    expect(dog.signal.aborted).toBe(true);
  });

  it('is given up when it drips: a byte now and then is no progress', () => {
    const dog = open({ bytesPerSecond: 1_000, windowMs: 60_000 });
    for (let second = 0; second < 59; second++) {
      vi.advanceTimersByTime(1_000);
      dog.alive(10);
    }
    expect(dog.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1_000);
    dog.alive(10);
    expect(dog.signal.reason).toMatchObject({ message: expect.stringContaining('slower than') });
  });

  it('may be silent for longer once all is handed over, but not for ever', () => {
    const dog = open();
    dog.allow(60_000);
    vi.advanceTimersByTime(59_999);
    expect(dog.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(dog.signal.aborted).toBe(true);
  });

  it('may be slow as long as it is not too slow', () => {
    const dog = open({ bytesPerSecond: 1_000, windowMs: 60_000 });
    for (let second = 0; second < 300; second++) {
      vi.advanceTimersByTime(1_000);
      dog.alive(1_001);
    }
    expect(dog.signal.aborted).toBe(false);
  });
});
