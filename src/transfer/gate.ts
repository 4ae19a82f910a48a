import { interruption, throwIfAborted } from './errors.ts';

/** The right to move one part now; it holds a lane and memory until released. */
export type Permit = {
  /** How many bytes of memory it came with. */
  readonly bytes: number;
  release(): void;
};

/** What a part keeps in memory while it moves, and what is enough for it where memory is short but lanes are not. */
export type Room = { readonly bytes: number; readonly least: number };

/** Room for so many bytes and no fewer. */
export function exactly(bytes: number): Room {
  return { bytes, least: bytes };
}

/** Lets parts in while there are lanes and memory for them. */
export type Gate = {
  /** Parts that are inside. */
  readonly moving: number;
  /** How many would be inside if only memory were short. */
  readonly wanted: number;
  /** Waits, in order of asking, for a lane and for memory. */
  enter(room: Room, signal: AbortSignal): Promise<Permit>;
  /** From now on so many may be inside; those who are stay. */
  open(lanes: number): void;
};

export type GateOptions = {
  readonly lanes: number;
  readonly maxMemory: number;
  /** Whether more lanes are worth that parts come with the least memory. @default never */
  readonly mayShrink?: () => boolean;
};

/** A gate with `lanes` to begin with, and never more than `maxMemory` bytes inside but for a single part. */
export function createGate({ maxMemory, mayShrink = () => false, ...options }: GateOptions): Gate {
  const waiting: { readonly room: Room; readonly grant: (bytes: number) => void }[] = [];
  let { lanes } = options;
  let moving = 0;
  let memory = 0;

  /** The memory that a part would get now; `undefined` when it must wait. */
  const fitting = ({ bytes, least }: Room): number | undefined => {
    if (moving >= lanes) return undefined;
    const shrinks = mayShrink();
    // What the lanes beside it need at least stays free, or the first parts would take all of it.
    const reserve = shrinks ? least * (lanes - moving - 1) : 0;
    if (moving === 0 || memory + bytes + reserve <= maxMemory) return bytes;
    return shrinks && memory + least <= maxMemory ? least : undefined;
  };
  const take = (bytes: number): Permit => {
    moving++;
    memory += bytes;
    let held = true;
    return {
      bytes,
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
    for (let next = waiting[0]; next; next = waiting[0]) {
      const bytes = fitting(next.room);
      if (bytes === undefined) return;
      waiting.shift();
      next.grant(bytes);
    }
  };

  return {
    get moving() {
      return moving;
    },
    get wanted() {
      const [first] = waiting;
      // Those who are inside with all they want will be followed by others with less.
      if (first && mayShrink())
        return Math.max(moving, Math.min(moving + waiting.length, Math.floor(maxMemory / first.room.least)));
      let left = maxMemory - memory;
      const without = waiting.findIndex(({ room }) => (left -= room.bytes) < 0);
      return moving + (without === -1 ? waiting.length : without);
    },
    async enter(room, signal) {
      throwIfAborted(signal);
      const now = waiting.length === 0 ? fitting(room) : undefined;
      if (now !== undefined) return take(now);
      return new Promise<Permit>((resolve, reject) => {
        const entry = {
          room,
          grant: (bytes: number) => {
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
