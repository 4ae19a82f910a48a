import { detailsOf, interruption, throwIfAborted, TransferError } from './errors.ts';
import type { Emit } from './events.ts';
import type { Clock } from './ports.ts';

/** One caller's place in an outage: the same object for all its attempts. */
export type Visitor = object;

/**
 * Waiting for an endpoint that is away. All lanes wait together and one of them probes: with independent
 * lanes and jitter, some part of a transfer would nearly always use up its attempts within a ten-second outage.
 */
export type Outage = {
  /** Waits while somebody else probes. To be called before every attempt. */
  pass(visitor: Visitor, signal: AbortSignal): Promise<void>;
  /**
   * Waits after an error whose recovery is `wait`, then lets the visitor try again.
   * @throws TransferError the error itself, once nothing was acknowledged for as long as patience lasts
   */
  wait(visitor: Visitor, error: TransferError, signal: AbortSignal): Promise<void>;
  /** The endpoint answered: everybody goes on. `good` when it acknowledged something. */
  answered(good: boolean): void;
  /** The visitor will not try again: another one probes if it was the one. */
  leave(visitor: Visitor): void;
};

export type OutageOptions = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: Emit;
  /** How long without an acknowledgement before giving up, in milliseconds. */
  readonly giveUpAfterMs: number;
  /** The same before the first acknowledgement of this run: a wrong address should not cost minutes. */
  readonly firstAnswerWithinMs: number;
};

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
const MAX_RETRY_AFTER_MS = 60_000;

/** Shared by everything that talks to one endpoint in one run. */
export function createOutage(options: OutageOptions): Outage {
  const { clock, random, emit } = options;
  let prober: Visitor | undefined;
  let awaySince = 0;
  let delayMs = FIRST_DELAY_MS;
  let waiting: { readonly visitor: Visitor; readonly go: () => void }[] = [];
  /** When the endpoint was first away since it last acknowledged something; idle hours before do not count. */
  let failingSince: number | undefined;
  let everGood = false;

  const patienceMs = (): number =>
    everGood ? options.giveUpAfterMs : Math.min(options.firstAnswerWithinMs, options.giveUpAfterMs);

  const queue = (visitor: Visitor, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiting = waiting.filter((entry) => entry.visitor !== visitor);
        reject(interruption(signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const go = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      waiting.push({ visitor, go });
    });

  const pass = async (visitor: Visitor, signal: AbortSignal): Promise<void> => {
    throwIfAborted(signal);
    // Looked at again after waiting: whoever was let go may find the next outage.
    const mustWait = (): boolean => prober !== undefined && prober !== visitor;
    while (mustWait()) await queue(visitor, signal);
  };

  return {
    pass,
    async wait(visitor, error, signal) {
      const now = clock.now();
      const asked = Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
      failingSince ??= now;
      const failingMs = now - failingSince;
      if (failingMs >= patienceMs() || failingMs + asked > patienceMs()) throw givingUp(error, failingMs);
      if (!prober) {
        prober = visitor;
        awaySince = now;
      }
      if (prober === visitor) {
        const jittered = delayMs * (0.5 + random() / 2);
        // The last look is at the end of patience, not behind it.
        const leftMs = Math.max(0, patienceMs() - failingMs);
        const pauseMs = Math.min(Math.max(jittered, asked), leftMs);
        delayMs = Math.min(MAX_DELAY_MS, delayMs * 2);
        emit({ type: 'endpoint.away', delayMs: Math.round(pauseMs), reason: error.message });
        await clock.sleep(pauseMs, { signal });
        return;
      }
      await pass(visitor, signal);
      const leftMs = now + asked - clock.now();
      if (leftMs > 0) await clock.sleep(leftMs, { signal });
    },
    answered(good) {
      const now = clock.now();
      if (good) {
        failingSince = undefined;
        everGood = true;
      }
      if (!prober) return;
      prober = undefined;
      delayMs = FIRST_DELAY_MS;
      emit({ type: 'endpoint.back', awayMs: now - awaySince });
      const released = waiting;
      waiting = [];
      for (const entry of released) entry.go();
    },
    leave(visitor) {
      if (prober !== visitor) return;
      const next = waiting.shift();
      prober = next?.visitor;
      next?.go();
    },
  };
}

function givingUp(error: TransferError, waitedMs: number): TransferError {
  const message = `${error.message} (gave up after ${Math.round(waitedMs / 1000)} s without an answer)`;
  return new TransferError(error.kind, message, {
    ...detailsOf(error),
    recovery: 'never',
    hint: error.hint ?? 'Is the server running, and --endpoint-url its address?',
  });
}
