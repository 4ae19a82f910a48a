import { interruption, throwIfAborted } from './errors.ts';
import type { Emit } from './events.ts';

/** The right to move one part now; it holds a lane and the part's bytes of memory until released. */
export type Permit = { release(): void };

/** How many parts may move at once, over all files of a run. */
export type Pace = {
  /** The most lanes there will ever be. */
  readonly maxLanes: number;
  /** Waits, in order of asking, for a lane and for `bytes` of memory. */
  enter(bytes: number, signal: AbortSignal): Promise<Permit>;
  /** A request that began at `startedAt` was told to slow down: half the lanes from now on. */
  slowDown(startedAt: number, now: number): void;
  /** A request succeeded: after ten of these a lane that was taken away comes back. */
  succeeded(): void;
};

const SUCCESSES_PER_LANE = 10;

/** A pace of at most `lanes` parts and `maxMemory` bytes at a time. */
export function createPace(options: {
  readonly lanes: number;
  readonly maxMemory: number;
  readonly emit: Emit;
}): Pace {
  const { lanes: maxLanes, maxMemory, emit } = options;
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  let lanes = maxLanes;
  let moving = 0;
  let memory = 0;
  let successes = 0;
  let lastSlowDown = Number.NEGATIVE_INFINITY;

  const fits = (bytes: number): boolean => moving < lanes && (moving === 0 || memory + bytes <= maxMemory);
  const take = (bytes: number): Permit => {
    moving++;
    memory += bytes;
    let held = true;
    return {
      release() {
        if (!held) return;
        held = false;
        moving--;
        memory -= bytes;
        admit();
      },
    };
  };
  // Strictly in order: a small part behind a large one waits, or the large one might wait for ever.
  const admit = (): void => {
    for (let next = waiting[0]; next && fits(next.bytes); next = waiting[0]) {
      waiting.shift();
      next.grant();
    }
  };

  return {
    maxLanes,
    async enter(bytes, signal) {
      throwIfAborted(signal);
      if (waiting.length === 0 && fits(bytes)) return take(bytes);
      return new Promise<Permit>((resolve, reject) => {
        const entry = {
          bytes,
          grant: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(take(bytes));
          },
        };
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(interruption(signal));
          admit();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(entry);
      });
    },
    slowDown(startedAt, now) {
      // One burst of refusals is one message: only requests begun since the last change count.
      if (startedAt < lastSlowDown || lanes === 1) return;
      lastSlowDown = now;
      lanes = Math.max(1, Math.floor(lanes / 2));
      successes = 0;
      emit({ type: 'pace.changed', lanes, because: 'the server asked to slow down' });
    },
    succeeded() {
      if (lanes === maxLanes || ++successes < SUCCESSES_PER_LANE) return;
      successes = 0;
      lanes++;
      emit({ type: 'pace.changed', lanes, because: `${SUCCESSES_PER_LANE} requests succeeded` });
      admit();
    },
  };
}
