import { interruption, TransferError } from './errors.ts';
import type { Clock } from './ports.ts';

/** Tells when one of the last parts of a transfer takes far longer than the others did. */
export type Stragglers = {
  /** A lane has taken up one of the parts. */
  begun(): void;
  /** An attempt that brought its part home took so long. */
  arrived(elapsedMs: number): void;
  /**
   * Resolves once an attempt that begins now is late while no part waits for a lane any more: then a second
   * attempt beside it costs nothing that is needed elsewhere. Rejects when `signal` is aborted.
   */
  late(signal: AbortSignal): Promise<void>;
};

/** With fewer nobody knows what is usual. */
const LEAST_SAMPLES = 3;
/** The last so many tell what is usual; an object may have a million parts. */
const MOST_SAMPLES = 1_000;
/** A part is late when it takes so many times as long as the one in the middle of all, and so long at least. */
const TIMES_USUAL = 3;
const LEAST_MS = 5_000;

/** Watches over `count` parts. */
export function watchStragglers(clock: Clock, count: number): Stragglers {
  const durations: number[] = [];
  const onLast: (() => void)[] = [];
  let waiting = count;
  let arrivals = 0;
  const limitMs = (): number => {
    const middle = durations.toSorted((a, b) => a - b)[durations.length >> 1] ?? 0;
    return Math.max(LEAST_MS, middle * TIMES_USUAL);
  };
  const allBegun = (signal: AbortSignal): Promise<void> =>
    Promise.race([cancelled(signal), new Promise<void>((resolve) => onLast.push(resolve))]);
  return {
    begun() {
      waiting--;
      if (waiting === 0) for (const go of onLast.splice(0)) go();
    },
    arrived: (elapsedMs) => void (durations[arrivals++ % MOST_SAMPLES] = elapsedMs),
    async late(signal) {
      const startedAt = clock.now();
      if (waiting > 0) await allBegun(signal);
      // Looked at again: what is usual is better known with every part that arrives.
      for (;;) {
        const leftMs = startedAt + limitMs() - clock.now();
        if (leftMs <= 0 && durations.length >= LEAST_SAMPLES) return;
        await clock.sleep(Math.max(leftMs, LEAST_MS / 5), { signal });
      }
    },
  };
}

/** Rejects when `signal` is aborted, and does nothing before. */
export function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(interruption(signal));
    signal.addEventListener('abort', () => reject(interruption(signal)), { once: true });
  });
}

/** Made once: an error looks at the stack, and every part has one of these (measured: 1 % of a put). */
const OVER = new TransferError('interrupted', 'another attempt was first');

export type Hedge<T> = {
  /** The attempt; it must let go before it settles. */
  readonly first: (signal: AbortSignal) => Promise<T>;
  /** The same once more, beside it. */
  readonly second: (signal: AbortSignal) => Promise<T>;
  /** Resolves when the first is late. */
  readonly late: (signal: AbortSignal) => Promise<void>;
};

/**
 * Runs an attempt, and a second one beside it when the first is late. The first that succeeds wins; the other is
 * cancelled and waited for. When one fails the other goes on; when both fail the first one's error is thrown.
 */
export async function hedged<T>(signal: AbortSignal, { first, second, late }: Hedge<T>): Promise<T> {
  const over = new AbortController();
  const onAbort = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const attempts = [first(over.signal)];
  const lateness = late(over.signal).then(
    () => true,
    () => false, // the attempt ended before it was late
  );
  try {
    const isLate = await Promise.race([lateness, ...attempts.map((attempt) => attempt.then(() => false))]);
    if (isLate && !signal.aborted) attempts.push(second(over.signal));
    return await firstSuccess(attempts);
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort(OVER);
    // Nothing may be under way when this settles.
    await Promise.allSettled([...attempts, lateness]);
  }
}

/** The value of the first that succeeds, or the first one's error once all have failed. */
async function firstSuccess<T>(attempts: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(attempts);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
