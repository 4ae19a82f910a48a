import { setMaxListeners } from 'node:events';
import { TransferError } from '../transfer/errors.ts';

/** Cancels a request that falls silent; `alive` starts the wait again. */
export type Watchdog = {
  readonly signal: AbortSignal;
  /** Something moved: the wait begins again. */
  alive(): void;
  stop(): void;
};

/**
 * Watches one request: its signal follows `outer`, and is aborted with a `network` error when nothing moved
 * for `limitMs`. Node's own socket timeout would kill a slow upload whose bytes the kernel has swallowed.
 */
export function watch(outer: AbortSignal, limitMs: number, what: string): Watchdog {
  const controller = new AbortController();
  // One listener for each request in flight; Node takes more than ten for a leak.
  setMaxListeners(0, outer);
  const bark = (): void => {
    controller.abort(
      new TransferError('network', `${what}: nothing moved for ${Math.round(limitMs / 1000)} s`, {
        code: 'ETIMEDOUT',
        recovery: 'again',
      }),
    );
  };
  const timer = setTimeout(bark, limitMs);
  const onAbort = (): void => controller.abort(outer.reason);
  if (outer.aborted) onAbort();
  else outer.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    alive: () => void timer.refresh(),
    stop() {
      clearTimeout(timer);
      outer.removeEventListener('abort', onAbort);
    },
  };
}
