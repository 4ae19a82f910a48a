import { detailsOf, interruption, throwIfAborted, TransferError, UNEXPECTED_RESPONSE } from './errors.ts';
import type { PageOptions } from './ports.ts';
import type { Run } from './run.ts';

/** What is told of an attempt that failed and will be repeated. */
export type Retry = { readonly attempt: number; readonly delayMs: number; readonly error: TransferError };

export type RetryOptions = {
  readonly signal: AbortSignal;
  /** The most attempts that may count. @default the run's */
  readonly attempts?: number | undefined;
  /** It moves a part: its time is no round trip. @default false */
  readonly movesPart?: boolean;
  readonly onRetry?: (retry: Retry) => void;
};

const BASE_DELAY_MS = 250;
const MAX_DELAY_MS = 20_000;
/** Wrong bytes, or an answer that makes no sense, three times are no accident of the line. */
const MAX_WRONG_ATTEMPTS = 3;

/** Full jitter: a random wait below a ceiling that doubles with every failure (attempts count from 1). */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt));
}

/**
 * Attempts `work` until it succeeds, its error says that repeating is useless, or attempts, the run's budget
 * or its patience are used up. An endpoint that is away uses up no attempt.
 */
export async function withRetries<T>(
  run: Run,
  options: RetryOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  const visitor = {};
  const attempts = options.attempts ?? run.attempts;
  let counted = 0;
  try {
    for (let attempt = 1; ; attempt++) {
      await run.outage.pass(visitor, signal);
      throwIfAborted(signal);
      const startedAt = run.clock.now();
      const busyAt = run.clock.busyMs?.() ?? 0;
      try {
        const value = await work(attempt);
        run.outage.answered(true);
        run.pace.succeeded(startedAt, run.clock.now());
        // What this side took to make and read it is no way to the server: the first request of a run takes long.
        const busyMs = (run.clock.busyMs?.() ?? 0) - busyAt;
        if (!options.movesPart) run.pace.answered(run.clock.now() - startedAt - busyMs);
        run.budget.giveBack();
        return value;
      } catch (error) {
        // Look at the signal before believing the error: an abort shows up as a broken connection.
        if (signal.aborted) throw interruption(signal);
        if (!(error instanceof TransferError)) throw error;
        if (error.kind === 'throttled') run.pace.slowDown(startedAt, run.clock.now());
        if (isSilence(error)) run.pace.timedOut(startedAt, run.clock.now());
        if (error.recovery === 'wait') {
          await run.outage.wait(visitor, error, signal);
          continue;
        }
        if (error.status !== undefined) run.outage.answered(false);
        if (error.recovery === 'at-once') continue;
        counted++;
        const isWrong = error.kind === 'corrupt' || error.code === UNEXPECTED_RESPONSE;
        const limit = isWrong ? Math.min(MAX_WRONG_ATTEMPTS, attempts) : attempts;
        if (error.recovery === 'never' || counted >= limit) throw error;
        if (!run.budget.take()) throw budgetUsedUp(error);
        const delayMs = backoffMs(counted, run.random);
        options.onRetry?.({ attempt, delayMs, error });
        await run.clock.sleep(delayMs, { signal });
      }
    }
  } finally {
    run.outage.leave(visitor);
  }
}

/** Nothing came of a request for so long that somebody, here or there, lost patience. */
function isSilence({ code, isUnsent }: TransferError): boolean {
  return (code === 'ETIMEDOUT' && !isUnsent) || code === 'RequestTimeout';
}

/** The options of a listing whose pages are each repeated like any other request, or only so often. */
export function paged(engine: { readonly run: Run }, signal: AbortSignal, attempts?: number): PageOptions {
  return { signal, repeat: (request) => withRetries(engine.run, { signal, attempts }, request) };
}

function budgetUsedUp(error: TransferError): TransferError {
  const message = `too many requests failed in this run, the last with: ${error.message}`;
  return new TransferError('throttled', message, { ...detailsOf(error), recovery: 'never' });
}
