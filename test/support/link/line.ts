import type { Cancellable, Clock } from '../../../src/transfer/ports.ts';

/** A line to a server, in virtual time. Rates are bytes a millisecond. */
export type LineOptions = {
  readonly clock: Clock;
  readonly roundTripMs: number;
  /** What one connection gets at most; called for each. */
  readonly laneRate: () => number;
  /** What all share, by the milliseconds since the beginning and the connections there are. */
  readonly totalRate: (elapsedMs: number, lanes: number) => number;
};

export type Line = {
  readonly lanes: number;
  readonly peakLanes: number;
  roundTrip(options: Cancellable): Promise<void>;
  /** Moves `size` bytes over one connection, and tells of every piece. */
  move(
    size: number,
    pieceBytes: number,
    onPiece: (moved: number) => void | Promise<void>,
    options: Cancellable,
  ): Promise<void>;
};

/** Connections that share a line evenly. */
export function createLine({ clock, roundTripMs, laneRate, totalRate }: LineOptions): Line {
  const startedAt = clock.now();
  let lanes = 0;
  let peakLanes = 0;
  return {
    get lanes() {
      return lanes;
    },
    get peakLanes() {
      return peakLanes;
    },
    roundTrip: (options) => clock.sleep(roundTripMs, options),
    async move(size, pieceBytes, onPiece, options) {
      peakLanes = Math.max(peakLanes, ++lanes);
      const own = laneRate();
      try {
        for (let moved = 0; moved < size; ) {
          const piece = Math.min(pieceBytes, size - moved);
          const rate = Math.min(own, totalRate(clock.now() - startedAt, lanes) / lanes);
          await clock.sleep(piece / rate, options);
          moved += piece;
          await onPiece(moved);
        }
      } finally {
        lanes--;
      }
    },
  };
}
