import type { BufferPool } from '../../../src/transfer/buffers.ts';

/** A buffer pool that knows how many bytes are in use, and scribbles over buffers that come back. */
export type WatchedPool = BufferPool & { readonly liveBytes: number; readonly peakBytes: number };

export function watchPool(pool: BufferPool): WatchedPool {
  let liveBytes = 0;
  let peakBytes = 0;
  return {
    get liveBytes() {
      return liveBytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    take(size) {
      liveBytes += size;
      peakBytes = Math.max(peakBytes, liveBytes);
      return pool.take(size);
    },
    give(buffer) {
      liveBytes -= buffer.byteLength;
      buffer.fill(0xbb);
      pool.give(buffer);
    },
  };
}
