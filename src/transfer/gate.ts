import { interruption, throwIfAborted } from './errors.ts';

/** The right to move one part now; it holds a lane and the part's bytes of memory until released. */
export type Permit = { release(): void };

/** Lets parts in while there are lanes and memory for them. */
export type Gate = {
  /** Parts that are inside. */
  readonly moving: number;
  /** How many would be inside if only memory were short. */
  readonly wanted: number;
  /** Waits, in order of asking, for a lane and for `bytes` of memory. */
  enter(bytes: number, signal: AbortSignal): Promise<Permit>;
  /** From now on so many may be inside; those who are stay. */
  open(lanes: number): void;
};

/** A gate with `lanes` to begin with, and never more than `maxMemory` bytes inside but for a single part. */
export function createGate(options: { readonly lanes: number; readonly maxMemory: number }): Gate {
  const { maxMemory } = options;
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  let { lanes } = options;
  let moving = 0;
  let memory = 0;

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
    get moving() {
      return moving;
    },
    get wanted() {
      let left = maxMemory - memory;
      const without = waiting.findIndex(({ bytes }) => (left -= bytes) < 0);
      return moving + (without === -1 ? waiting.length : without);
    },
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
    open(count) {
      lanes = count;
      admit();
    },
  };
}
