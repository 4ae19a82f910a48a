/**
 * Makes a short call of the file system: in this very thread where that answers quickly, since waking another one
 * costs 130 µs (measured), more than the call. A file system that turns out to be slow, a network share or a sleeping
 * disk, is asked from other threads from then on, so that nothing else waits for it.
 */
export type Disk = <T>(atOnce: () => T, later: () => Promise<T>) => Promise<T>;

/** What takes longer could have been done by another thread meanwhile. */
const SLOW_MS = 4;
/** Once may be chance. */
const SLOW_CALLS = 3;

/** A file system that counts as quick until it was slow three times. */
export function createDisk(now: () => number = () => performance.now()): Disk {
  let slow = 0;
  return async (atOnce, later) => {
    if (slow >= SLOW_CALLS) return await later();
    const startedAt = now();
    try {
      return atOnce();
    } finally {
      if (now() - startedAt > SLOW_MS) slow++;
    }
  };
}

/** Reads and writes of more than this are left to other threads: this one has something else to do meanwhile. */
export const SHORT_BYTES = 64 * 1024;
