import { type BufferPool, createBufferPool } from './buffers.ts';
import { systemClock } from './clock.ts';
import { TransferError } from './errors.ts';
import type { Emit } from './events.ts';
import { createOutage, type Outage } from './outage.ts';
import { createAdaptivePace, MOST_LANES } from './adaptive-pace.ts';
import { createFixedPace, type Pace, type PaceHint } from './pace.ts';
import { MIB } from './plan.ts';
import type { Clock, Throttle } from './ports.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import { createThrottle } from './throttle.ts';

export type RunOptions = {
  /** Parts that may move at once, over all files. @default 'auto': 8, and as many more as bring more */
  readonly concurrency?: number | 'auto' | undefined;
  /** What an earlier run learned of this endpoint, for `auto`. @default nothing */
  readonly paceHint?: PaceHint | undefined;
  /** Bytes a second over all lanes and files, both ways. @default no limit */
  readonly bytesPerSecond?: number | undefined;
  /** Bytes of part buffers at once, over all files. @default 256 MiB */
  readonly maxMemory?: number | undefined;
  /** Attempts a part, of those that say something about the part. @default 8 */
  readonly attempts?: number | undefined;
  /** Milliseconds without an acknowledged byte before giving up. @default 300,000 */
  readonly giveUpAfterMs?: number | undefined;
  /** Told of everything, synchronously. @default nobody */
  readonly emit?: Emit | undefined;
  /** @default the machine's time */
  readonly clock?: Clock | undefined;
  /** From 0 to below 1. @default Math.random */
  readonly random?: (() => number) | undefined;
};

/** What all transfers of one command share: lanes, memory, patience, and who is told. */
export type Run = {
  readonly attempts: number;
  readonly maxMemory: number;
  readonly pace: Pace;
  /** Where the rate is limited. */
  readonly throttle: Throttle | undefined;
  readonly outage: Outage;
  readonly budget: RetryBudget;
  readonly buffers: BufferPool;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: Emit;
  /** A name for the next transfer, unique in this run. */
  nextName(): string;
};

const DEFAULT_MAX_MEMORY = 256 * MIB;
const DEFAULT_ATTEMPTS = 8;
const DEFAULT_GIVE_UP_MS = 5 * 60_000;
const FIRST_ANSWER_WITHIN_MS = 30_000;
const RETRY_TOKENS = 100;

/**
 * Begins a run; transfers that share it share its limits.
 * @throws TransferError `usage` for limits that are not positive
 */
export function startRun(options: RunOptions = {}): Run {
  const { concurrency = 'auto', paceHint: hint, bytesPerSecond } = options;
  const maxMemory = atLeastOne('maxMemory', options.maxMemory ?? DEFAULT_MAX_MEMORY);
  const emit = options.emit ?? (() => undefined);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  let names = 0;
  return {
    attempts: atLeastOne('attempts', options.attempts ?? DEFAULT_ATTEMPTS),
    maxMemory,
    pace:
      concurrency === 'auto'
        ? createAdaptivePace({ maxMemory, clock, emit, hint })
        : createFixedPace({ lanes: atLeastOne('concurrency', concurrency), maxMemory, emit }),
    throttle: bytesPerSecond === undefined ? undefined : createThrottle(bytesPerSecond, clock),
    outage: createOutage({
      clock,
      random,
      emit,
      giveUpAfterMs: options.giveUpAfterMs ?? DEFAULT_GIVE_UP_MS,
      firstAnswerWithinMs: FIRST_ANSWER_WITHIN_MS,
    }),
    budget: createRetryBudget(RETRY_TOKENS),
    buffers: createBufferPool(maxMemory),
    clock,
    random,
    emit,
    nextName: () => `${++names}`,
  };
}

/** The most parts that such a concurrency may move at a time. */
export function mostLanes(concurrency: RunOptions['concurrency']): number {
  return concurrency === undefined || concurrency === 'auto' ? MOST_LANES : concurrency;
}

function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TransferError('usage', `${name} must be a whole number of at least 1, not ${value}`);
}
