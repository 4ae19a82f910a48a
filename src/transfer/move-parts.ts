import { throwIfAborted } from './errors.ts';
import type { Direction, TransferEvent } from './events.ts';
import { cancelled, hedged, type Stragglers, watchStragglers } from './hedge.ts';
import { exactly, type Permit, type Room } from './gate.ts';
import { withPermit } from './pace.ts';
import { inParallel } from './parallel.ts';
import { lengthOf, type Part } from './plan.ts';
import { type Retry, withRetries } from './retry.ts';
import type { Run } from './run.ts';

/** One attempt at one part. */
export type Attempt = { readonly signal: AbortSignal; readonly onBytes: (total: number) => void };

/** What moving parts needs to know beside the parts: whose they are, and how many retries there were. */
export type Transfer = {
  readonly run: Run;
  readonly name: string;
  readonly direction: Direction;
  readonly signal: AbortSignal;
  /** Counts the attempts that were repeated. */
  readonly tally: { retries: number };
  /** Whether an object was seen at the key. */
  readonly seen: { atKey: boolean };
};

/** Begins a transfer of `run`. */
export function startTransfer(run: Run, direction: Direction, signal: AbortSignal): Transfer {
  return { run, name: run.nextName(), direction, signal, tally: { retries: 0 }, seen: { atKey: false } };
}

type WithoutName<T> = T extends { transfer: string } ? Omit<T, 'transfer'> : never;

/** Tells an event of this transfer. */
export function tell(transfer: Transfer, event: WithoutName<TransferEvent>): void {
  transfer.run.emit({ ...event, transfer: transfer.name });
}

/** The heart of every transfer: one part, with its own retries and its own events. */
export async function movePart(
  transfer: Transfer,
  part: Part,
  signal: AbortSignal,
  attempt: (options: Attempt) => Promise<void>,
): Promise<void> {
  const size = lengthOf(part);
  const onRetry = ({ attempt, delayMs, error }: Retry): void => {
    transfer.tally.retries++;
    tell(transfer, {
      type: 'part.retrying',
      part: part.number,
      attempt,
      delayMs,
      kind: error.kind,
      reason: error.message,
    });
  };
  await withRetries(transfer.run, { signal, onRetry, movesPart: true }, async (number) => {
    tell(transfer, { type: 'part.started', part: part.number, size, attempt: number });
    const flow = transfer.run.pace.begin(size, transfer.direction);
    let hasArrived = false;
    try {
      await attempt({
        signal,
        onBytes(bytes) {
          flow.moved(bytes);
          tell(transfer, { type: 'part.progress', part: part.number, bytes });
        },
      });
      hasArrived = true;
    } finally {
      flow.over(hasArrived);
    }
  });
  tell(transfer, { type: 'part.done', part: part.number, bytes: size });
}

export type HedgeOptions = {
  /** What the second attempt keeps in memory beside the first. @default nothing */
  readonly bytesHeld?: number;
  /** Whether a second attempt can do no harm. @default always */
  readonly mayHelp?: () => boolean;
};

/** An attempt at a part that is helped by a second one beside it when it is the last and late. */
export async function attemptHedged<T>(
  transfer: Transfer,
  part: Part,
  signal: AbortSignal,
  stragglers: Stragglers | undefined,
  attempt: (signal: AbortSignal, isSecond: boolean) => Promise<T>,
  { bytesHeld = 0, mayHelp = () => true }: HedgeOptions = {},
): Promise<T> {
  if (!stragglers) return await attempt(signal, false);
  const { clock } = transfer.run;
  const startedAt = clock.now();
  const value = await hedged(signal, {
    first: (own) => attempt(own, false),
    // It moves bytes like any other: within the lanes, and never beside more of them than were asked for.
    second: (own) =>
      withPermit(transfer.run.pace, exactly(bytesHeld), own, async () => {
        tell(transfer, { type: 'part.hedged', part: part.number, afterMs: clock.now() - startedAt });
        return await attempt(own, true);
      }),
    late: async (own) => {
      await stragglers.late(own);
      if (!mayHelp()) await cancelled(own);
    },
  });
  stragglers.arrived(clock.now() - startedAt);
  return value;
}

/**
 * Moves every part, in order of number, as many at a time as the run's pace allows; the first part that fails
 * for good cancels the rest. `count`: how many parts there are. `roomOf` is what one moving part keeps in memory.
 */
export async function moveParts(
  transfer: Transfer,
  parts: Iterable<Part>,
  count: number,
  roomOf: (part: Part) => Room,
  move: (part: Part, signal: AbortSignal, stragglers: Stragglers, permit: Permit) => Promise<void>,
): Promise<void> {
  const { pace, clock } = transfer.run;
  const stragglers = watchStragglers(clock, count);
  await inParallel(parts, Math.min(pace.maxLanes, count), transfer.signal, (part, signal) =>
    withPermit(pace, roomOf(part), signal, async (permit) => {
      // The lane may have come free because another part failed.
      throwIfAborted(signal);
      stragglers.begun();
      await move(part, signal, stragglers, permit);
    }),
  );
}
