import type { Direction, Emit } from './events.ts';
import { createGate, type Gate, type Permit, type Room } from './gate.ts';

/** How many parts may move at once, over all files of a run. */
export type Pace = {
  /** The most lanes there will ever be. */
  readonly maxLanes: number;
  /** How many there are now. */
  readonly lanes: number;
  /** Waits, in order of asking, for a lane and for memory. */
  enter(room: Room, signal: AbortSignal): Promise<Permit>;
  /** An attempt at a part of `size` bytes begins. */
  begin(size: number, direction: Direction): Flow;
  /** A request that began at `startedAt` was told to slow down: half the lanes from now on. */
  slowDown(startedAt: number, now: number): void;
  /** A request that began at `startedAt` fell silent. */
  timedOut(startedAt: number, now: number): void;
  /** A request that began at `startedAt` succeeded: after ten of these a lane that was taken away comes back. */
  succeeded(startedAt: number, now: number): void;
  /** A small request was answered after so long. */
  answered(elapsedMs: number): void;
  /** What a later run may begin with; nothing where nothing was found out. */
  readonly learned: PaceHint | undefined;
};

/** Does something with a lane and memory, and lets go of both when it is done. */
export async function withPermit<T>(
  pace: Pick<Pace, 'enter'>,
  room: Room,
  signal: AbortSignal,
  use: (permit: Permit) => Promise<T>,
): Promise<T> {
  const permit = await pace.enter(room, signal);
  try {
    return await use(permit);
  } finally {
    permit.release();
  }
}

/** One attempt at a part. */
export type Flow = {
  /** So many bytes of it so far. */
  moved(total: number): void;
  /** It is over; `hasArrived` when the other side has all of it. */
  over(hasArrived: boolean): void;
};

/** What an earlier run found out about an endpoint: a hint, believed only where this run sees the same. */
export type PaceHint = { readonly lanes: number };

export const ASKED_TO_SLOW_DOWN = 'the server asked to slow down';
const SUCCESSES_PER_LANE = 10;

/** Half the lanes for every burst of refusals, and one back for every ten successes. */
export type Brake = {
  /** Whether a refusal of a request that began at `startedAt` says something new. */
  pulls(startedAt: number, now: number): boolean;
  /** Whether this success brings a lane back. */
  lets(): boolean;
};

/** A brake that was not pulled yet. */
export function createBrake(): Brake {
  let lastPull = Number.NEGATIVE_INFINITY;
  let successes = 0;
  return {
    pulls(startedAt, now) {
      // One burst of refusals is one message: only requests begun since the last change count.
      if (startedAt < lastPull) return false;
      lastPull = now;
      successes = 0;
      return true;
    },
    lets() {
      if (++successes < SUCCESSES_PER_LANE) return false;
      successes = 0;
      return true;
    },
  };
}

const unmeasured: Flow = { moved: () => undefined, over: () => undefined };

/** A pace of `lanes` parts and `maxMemory` bytes at a time; fewer only while the server asks for it. */
export function createFixedPace(options: {
  readonly lanes: number;
  readonly maxMemory: number;
  readonly emit: Emit;
}): Pace {
  const { lanes: maxLanes, emit } = options;
  const gate: Gate = createGate(options);
  const brake = createBrake();
  let lanes = maxLanes;
  const change = (next: number, because: string): void => {
    lanes = next;
    emit({ type: 'pace.changed', lanes, because });
    gate.open(lanes);
  };
  return {
    maxLanes,
    get lanes() {
      return lanes;
    },
    enter: gate.enter,
    begin: () => unmeasured,
    slowDown(startedAt, now) {
      if (lanes > 1 && brake.pulls(startedAt, now)) change(lanes >> 1, ASKED_TO_SLOW_DOWN);
    },
    timedOut: () => undefined,
    succeeded() {
      if (lanes < maxLanes && brake.lets()) change(lanes + 1, LANE_IS_BACK);
    },
    answered: () => undefined,
    learned: undefined,
  };
}

export const LANE_IS_BACK = `${SUCCESSES_PER_LANE} requests succeeded`;
