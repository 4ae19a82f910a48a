import { interruption, throwIfAborted } from '../../../src/transfer/errors.ts';
import type { Clock } from '../../../src/transfer/ports.ts';

/** Time that passes only while everybody waits. */
export type VirtualClock = Clock & {
  /** Sleepers that neither woke nor were interrupted. */
  sleeping(): number;
  /** Resolves when nobody sleeps any more. */
  quiet(): Promise<void>;
};

type Sleeper = { readonly at: number; readonly wake: () => void };

/** The instant at which every virtual clock begins. */
export const VIRTUAL_START = Date.UTC(2026, 0, 1);

/**
 * A clock that jumps to the next sleeper once all promises have settled that can: all in-memory work runs in
 * microtasks, so an immediate runs only when nothing but sleeping is left. Sleepers wake one by one, in order
 * of time and then of falling asleep.
 */
export function virtualClock(startAt = VIRTUAL_START): VirtualClock {
  let now = startAt;
  let sleepers: Sleeper[] = [];
  let isScheduled = false;

  const schedule = (): void => {
    if (isScheduled || sleepers.length === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      const next = sleepers.reduce<Sleeper | undefined>(
        (earliest, sleeper) => (earliest && earliest.at <= sleeper.at ? earliest : sleeper),
        undefined,
      );
      if (!next) return;
      sleepers = sleepers.filter((sleeper) => sleeper !== next);
      now = Math.max(now, next.at);
      next.wake();
      schedule();
    });
  };

  return {
    now: () => now,
    sleeping: () => sleepers.length,
    async quiet() {
      do await new Promise((resolve) => setImmediate(resolve));
      while (sleepers.length > 0);
    },
    async sleep(ms, { signal }) {
      throwIfAborted(signal);
      await new Promise<void>((resolve, reject) => {
        const sleeper = {
          at: now + ms,
          wake: () => {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(interruption(signal));
        };
        signal.addEventListener('abort', onAbort, { once: true });
        sleepers.push(sleeper);
        schedule();
      });
    },
  };
}
