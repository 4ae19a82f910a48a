import { setMaxListeners } from 'node:events';
import { TransferError } from '../transfer/errors.ts';

/** Cancels a request that falls silent or crawls; `alive` starts the wait again. */
export type Watchdog = {
  readonly signal: AbortSignal;
  /** Something moved, perhaps so many bytes of a body: the wait begins again. */
  alive(bytes?: number): void;
  /** From now on silence may last so long: all is handed over, and the other side is to act. */
  allow(limitMs: number): void;
  /** Until the next sign of life nobody waits for the server: it is this side that is busy. */
  pause(): void;
  stop(): void;
};

export type WatchOptions = {
  /** Names the request in the error. */
  readonly what: string;
  /** Milliseconds without a sign of life. */
  readonly limitMs: number;
  /** A body slower than this over a whole window is given up. @default any pace is fast enough */
  readonly slowest?: { readonly bytesPerSecond: number; readonly windowMs: number } | undefined;
};

/** Signals that were told already. */
const unlimited = new WeakSet<AbortSignal>();

/** One listener for each request in flight: Node takes more than ten for a leak. */
function letMany(signal: AbortSignal): void {
  if (unlimited.has(signal)) return;
  unlimited.add(signal);
  setMaxListeners(0, signal);
}

/** What a timer of Node can hold; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Watches one request: its signal follows `outer`, and is aborted with a `network` error when nothing moved
 * for `limitMs`. Node's own socket timeout would kill a slow upload whose bytes the kernel has swallowed.
 */
export function watch(outer: AbortSignal, options: WatchOptions): Watchdog {
  const { what, slowest } = options;
  let limitMs = Math.min(options.limitMs, LONGEST_MS);
  const controller = new AbortController();
  letMany(outer);
  const bark = (why: string): void => {
    const details = { code: 'ETIMEDOUT', recovery: 'again' } as const;
    controller.abort(new TransferError('network', `${what}: ${why}`, details));
  };
  const onSilence = (): void => bark(`nothing moved for ${Math.round(limitMs / 1000)} s`);
  let timer = setTimeout(onSilence, limitMs);
  const onAbort = (): void => controller.abort(outer.reason);
  if (outer.aborted) onAbort();
  else outer.addEventListener('abort', onAbort, { once: true });

  let isStopped = false;
  let isPaused = false;
  let waitingSince = performance.now();
  let waitedMs = 0;
  let bytesMoved = 0;
  const measure = (bytes: number): void => {
    if (!slowest) return;
    const now = performance.now();
    if (!isPaused) waitedMs += now - waitingSince;
    waitingSince = now;
    bytesMoved += bytes;
    if (waitedMs < slowest.windowMs) return;
    if ((bytesMoved / waitedMs) * 1000 < slowest.bytesPerSecond)
      bark(`slower than ${slowest.bytesPerSecond} bytes a second`);
    waitedMs = 0;
    bytesMoved = 0;
  };
  return {
    signal: controller.signal,
    alive(bytes = 0) {
      if (isStopped) return;
      measure(bytes);
      if (isPaused) timer = setTimeout(onSilence, limitMs);
      else timer.refresh();
      isPaused = false;
    },
    allow(ms) {
      if (isStopped) return;
      clearTimeout(timer);
      limitMs = Math.min(ms, LONGEST_MS);
      timer = setTimeout(onSilence, limitMs);
    },
    pause() {
      if (isStopped) return;
      measure(0);
      isPaused = true;
      clearTimeout(timer);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      outer.removeEventListener('abort', onAbort);
    },
  };
}
