/** The server's idea of now, which tests may move. */
export interface Clock {
  now(): Date;
  /** Moves the clock forward (or back) from where it is. */
  advance(ms: number): void;
  /** Puts the clock this far from its source, whatever it was moved by before. */
  setOffset(ms: number): void;
  /** Replaces the source of time and forgets the offset. */
  setClock(source: () => Date): void;
}

/** Makes a clock that follows `source` at a movable distance. */
export function createClock(source: () => Date = () => new Date()): Clock {
  let current = source;
  let offsetMs = 0;
  return {
    now: () => new Date(current().getTime() + offsetMs),
    advance: (ms) => {
      offsetMs += ms;
    },
    setOffset: (ms) => {
      offsetMs = ms;
    },
    setClock: (replacement) => {
      current = replacement;
      offsetMs = 0;
    },
  };
}
