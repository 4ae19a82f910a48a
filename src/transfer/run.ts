import { type BufferPool, createBufferPool } from './buffers.ts';
import { systemClock } from './clock.ts';
import { TransferError } from './errors.ts';
import type { Emit } from './events.ts';
import { createOutage, type Outage } from './outage.ts';
import { createPace, type Pace } from './pace.ts';
import { MIB } from './plan.ts';
import type { Clock } from './ports.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';

export type RunOptions = {
  /** Parts that may move at once, over all files. @default 8 */
  readonly concurrency?: number | undefined;
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
  readonly outage: Outage;
  readonly budget: RetryBudget;
  readonly buffers: BufferPool;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: Emit;
  /** A name for the next transfer, unique in this run. */
  nextName(): string;
};

const DEFAULT_CONCURRENCY = 8;
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
  const lanes = atLeastOne('concurrency', options.concurrency ?? DEFAULT_CONCURRENCY);
  const maxMemory = atLeastOne('maxMemory', options.maxMemory ?? DEFAULT_MAX_MEMORY);
  const emit = options.emit ?? (() => undefined);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  let names = 0;
  return {
    attempts: atLeastOne('attempts', options.attempts ?? DEFAULT_ATTEMPTS),
    maxMemory,
    pace: createPace({ lanes, maxMemory, emit }),
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

function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TransferError('usage', `${name} must be a whole number of at least 1, not ${value}`);
}
