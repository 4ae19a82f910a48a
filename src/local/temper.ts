/** What takes longer could have been done by another thread meanwhile. */
const SLOW_MS = 4;
/** Once may be chance. */
const SLOW_CALLS = 3;

/** Makes a short call at once in this thread, or later in another one. */
export type Temper = <T>(atOnce: () => T, slowly: () => Promise<T>) => Promise<T>;

/** Makes calls at once, until too many of them took long. */
export function createTemper(now: () => number): Temper {
  let slow = 0;
  return async (atOnce, slowly) => {
    if (slow >= SLOW_CALLS) return await slowly();
    const startedAt = now();
    try {
      return atOnce();
    } finally {
      if (now() - startedAt > SLOW_MS) slow++;
    }
  };
}
