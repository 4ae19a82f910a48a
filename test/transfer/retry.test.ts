import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ErrorKind, type Recovery, TransferError } from '../../src/transfer/errors.ts';
import { backoffMs, type Retry, withRetries } from '../../src/transfer/retry.ts';
import { createRetryBudget } from '../../src/transfer/retry-budget.ts';
import { type Run, type RunOptions, startRun } from '../../src/transfer/run.ts';
import { virtualClock } from '../support/memory/clock.ts';

const NEVER = new AbortController().signal;

function runOf(options: RunOptions = {}): Run {
  return startRun({ clock: virtualClock(), random: () => 0.5, ...options });
}

/** Fails with the errors one after the other, then succeeds. */
function failing(errors: readonly Error[]): { attempts: () => number; work: () => Promise<string> } {
  let attempts = 0;
  return {
    attempts: () => attempts,
    async work() {
      const error = errors[attempts++];
      if (error) throw error;
      return 'done';
    },
  };
}

const errorOf = (kind: ErrorKind, recovery: Recovery): TransferError =>
  new TransferError(kind, kind, { recovery });
const again = errorOf('server', 'again');
const away = errorOf('network', 'wait');

describe('withRetries', () => {
  test('attempts until it succeeds and tells of every retry', async () => {
    const retries: Retry[] = [];
    const { work } = failing([again, again]);
    const options = { signal: NEVER, onRetry: (retry: Retry) => retries.push(retry) };
    await expect(withRetries(runOf(), options, work)).resolves.toBe('done');
    expect(retries).toMatchObject([
      { attempt: 1, delayMs: 250, error: again },
      { attempt: 2, delayMs: 500, error: again },
    ]);
  });

  test('throws the last error when the attempts are used up', async () => {
    const { work, attempts } = failing(Array.from({ length: 20 }, () => again));
    await expect(withRetries(runOf({ attempts: 4 }), { signal: NEVER }, work)).rejects.toBe(again);
    expect(attempts()).toBe(4);
  });

  test('does not repeat what cannot help', async () => {
    const { work, attempts } = failing([errorOf('denied', 'never')]);
    await expect(withRetries(runOf(), { signal: NEVER }, work)).rejects.toMatchObject({ kind: 'denied' });
    expect(attempts()).toBe(1);
  });

  test('does not repeat a fault of the program', async () => {
    const bug = new RangeError('bug');
    const { work, attempts } = failing([bug]);
    await expect(withRetries(runOf(), { signal: NEVER }, work)).rejects.toBe(bug);
    expect(attempts()).toBe(1);
  });

  test('uses up no attempt for an endpoint that is away', async () => {
    const { work, attempts } = failing([...Array.from({ length: 12 }, () => away), again]);
    const run = runOf({ attempts: 2 });
    run.outage.answered(true);
    await expect(withRetries(run, { signal: NEVER }, work)).resolves.toBe('done');
    expect(attempts()).toBe(14);
  });

  test('takes wrong bytes three times for no accident', async () => {
    const { work, attempts } = failing(Array.from({ length: 20 }, () => errorOf('corrupt', 'again')));
    await expect(withRetries(runOf(), { signal: NEVER }, work)).rejects.toMatchObject({ kind: 'corrupt' });
    expect(attempts()).toBe(3);
  });

  test('believes the signal rather than the error', async () => {
    const controller = new AbortController();
    const reason = new TransferError('interrupted', 'Ctrl-C');
    const work = async (): Promise<never> => {
      controller.abort(reason);
      throw errorOf('denied', 'never');
    };
    await expect(withRetries(runOf(), { signal: controller.signal }, work)).rejects.toBe(reason);
  });

  test('attempts nothing by an aborted signal', async () => {
    const { work, attempts } = failing([]);
    const attempt = withRetries(runOf(), { signal: AbortSignal.abort() }, work);
    await expect(attempt).rejects.toMatchObject({ kind: 'interrupted' });
    expect(attempts()).toBe(0);
  });

  test('stops sleeping when it is interrupted', async () => {
    const controller = new AbortController();
    const { work } = failing([again]);
    const options = { signal: controller.signal, onRetry: () => void setImmediate(() => controller.abort()) };
    await expect(withRetries(runOf(), options, work)).rejects.toMatchObject({ kind: 'interrupted' });
  });

  test('ends when the whole run has no retries left, and says after what', async () => {
    const run = runOf({ attempts: 1000 });
    const { work, attempts } = failing(Array.from({ length: 1000 }, () => again));
    await expect(withRetries(run, { signal: NEVER }, work)).rejects.toMatchObject({
      kind: 'throttled',
      recovery: 'never',
      cause: again,
    });
    expect(attempts()).toBe(101);
  });

  test('hands the probing on when it gives up, so that nobody waits for ever', async () => {
    const run = runOf();
    const { work } = failing([away, errorOf('denied', 'never')]);
    const first = withRetries(run, { signal: NEVER }, work);
    const second = withRetries(run, { signal: NEVER }, failing([away]).work);
    await expect(first).rejects.toMatchObject({ kind: 'denied' });
    await expect(second).resolves.toBe('done');
  });

  test('slows the pace down when the server is overloaded', async () => {
    const lanes: number[] = [];
    const run = runOf({
      concurrency: 8,
      emit: (event) => void (event.type === 'pace.changed' && lanes.push(event.lanes)),
    });
    const { work } = failing([errorOf('throttled', 'wait')]);
    await withRetries(run, { signal: NEVER }, work);
    expect(lanes).toEqual([4]);
  });
});

describe('a request that falls silent', () => {
  const silent = new TransferError('network', 'nothing moved', { code: 'ETIMEDOUT' });
  const unreached = new TransferError('network', 'no way', { code: 'ETIMEDOUT', isUnsent: true });
  test.each([
    ['lowers a pace that finds itself', 'auto', silent, [4]],
    ['leaves a number that was given as it is', 8, silent, []],
    ['says nothing of the pace where it never began', 'auto', unreached, []],
  ] as const)('%s', async (_, concurrency, error, expected) => {
    const lanes: number[] = [];
    const emit: RunOptions['emit'] = (event) =>
      void (event.type === 'pace.changed' && lanes.push(event.lanes));
    await withRetries(runOf({ concurrency, emit }), { signal: NEVER }, failing([error]).work);
    expect(lanes).toEqual(expected);
  });
});

describe('a round trip', () => {
  /** What the pace is told of a request of 60 ms, of which this side was busy for 45. */
  async function answersOf(options: { readonly movesPart?: boolean }): Promise<number[]> {
    let busyMs = 1_000;
    const run = runOf({ clock: { ...virtualClock(), busyMs: () => busyMs } });
    const answers: number[] = [];
    const pace = { ...run.pace, answered: (elapsedMs: number) => void answers.push(elapsedMs) };
    await withRetries({ ...run, pace }, { signal: NEVER, ...options }, async () => {
      await run.clock.sleep(60, { signal: NEVER });
      busyMs += 45;
    });
    return answers;
  }
  test('is what a small request takes beyond the work on this side', async () => {
    expect(await answersOf({})).toEqual([15]);
  });
  test('is not learned from parts', async () => {
    expect(await answersOf({ movesPart: true })).toEqual([]);
  });
});

describe('backoffMs', () => {
  test('is random below a ceiling that doubles up to twenty seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, chance) => {
          const ceiling = Math.min(20_000, 250 * 2 ** attempt);
          expect(backoffMs(attempt, () => chance)).toBe(Math.round(chance * ceiling));
        },
      ),
    );
  });
});

describe('a retry budget', () => {
  test('lends its tokens and never takes back more than it had', () => {
    const budget = createRetryBudget(2);
    budget.giveBack();
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
    budget.giveBack();
    expect([budget.take(), budget.take()]).toEqual([true, false]);
  });
});
