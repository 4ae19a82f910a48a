/** What takes longer could have been done by another thread meanwhile. */
const SLOW_MS = 4;
/** Once may be chance. */
const SLOW_CALLS = 3;
/** So many quick ones make up for a slow one: on a busy machine any call may be interrupted for so long. */
const FORGIVEN_BY = 1000;

/** Makes a short call at once in this thread, or later in another one. */
export type Temper = <T>(atOnce: () => T, slowly: () => Promise<T>) => Promise<T>;

/** Makes calls at once, until too many of them took long. */
export function createTemper(now: () => number): Temper {
  let slow = 0;
  return async (atOnce, slowly) => {
    if (slow > SLOW_CALLS - 1) return await slowly();
    const startedAt = now();
    try {
      return atOnce();
    } finally {
      slow = now() - startedAt > SLOW_MS ? slow + 1 : Math.max(0, slow - 1 / FORGIVEN_BY);
    }
  };
}
