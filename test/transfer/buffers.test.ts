import { describe, expect, test } from 'vitest';
import { createBufferPool } from '../../src/transfer/buffers.ts';

describe('a buffer pool', () => {
  test('hands a returned buffer out again', () => {
    const pool = createBufferPool(1000);
    const first = pool.take(100);
    pool.give(first);
    expect(pool.take(80).buffer).toBe(first.buffer);
  });

  test('gives the asked size even from a larger buffer', () => {
    const pool = createBufferPool(1000);
    pool.give(pool.take(100));
    expect(pool.take(60).byteLength).toBe(60);
  });

  test('never hands one buffer to two', () => {
    const pool = createBufferPool(1000);
    pool.give(pool.take(100));
    expect(pool.take(100).buffer).not.toBe(pool.take(100).buffer);
  });

  test('wastes no buffer of more than twice the size', () => {
    const pool = createBufferPool(1000);
    const large = pool.take(500);
    pool.give(large);
    expect(pool.take(100).buffer).not.toBe(large.buffer);
  });

  test('keeps no more idle bytes than allowed, the newest first', () => {
    const pool = createBufferPool(250);
    const buffers = [pool.take(100), pool.take(100), pool.take(100)];
    for (const buffer of buffers) pool.give(buffer);
    const again = [pool.take(100), pool.take(100), pool.take(100)].map(({ buffer }) => buffer);
    expect(again.filter((memory) => buffers.some(({ buffer }) => buffer === memory))).toHaveLength(2);
    expect(again).not.toContain(buffers[0]?.buffer);
  });

  test('forgets a buffer that is larger than all it may keep', () => {
    const pool = createBufferPool(50);
    const large = pool.take(100);
    pool.give(large);
    expect(pool.take(100).buffer).not.toBe(large.buffer);
  });
});
