import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from './errors.ts';
import type { Clock } from './ports.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  busyMs: () => performance.eventLoopUtilization().active,
  async sleep(ms, { signal }) {
    throwIfAborted(signal);
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    }
  },
};

/**
 * A signal that follows `signal` only after `graceMs`: for requests whose answer must be known before
 * anything can be tidied up. `release` ends the watch.
 */
export function delayedAbort(
  signal: AbortSignal,
  graceMs: number,
  clock: Clock,
): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const over = new AbortController();
  const onAbort = (): void => {
    clock.sleep(graceMs, { signal: over.signal }).then(
      () => controller.abort(signal.reason),
      () => undefined, // released: the answer came in time
    );
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    release() {
      signal.removeEventListener('abort', onAbort);
      over.abort();
    },
  };
}
