import type { Direction } from './events.ts';
import type { Flow } from './pace.ts';
import type { Clock } from './ports.ts';

/** Measures the attempts that are under way: how many bytes, how fast a lane is, how long a part takes. */
export type Flows = {
  /** Bytes over all attempts so far; those of attempts that failed are taken back. */
  readonly movedBytes: number;
  readonly active: number;
  /** How long a part takes by now; `undefined` before the first has arrived. */
  readonly partMs: number | undefined;
  /** The mean size of a part, in bytes. */
  readonly partBytes: number;
  begin(size: number, direction: Direction): Flow;
  /** Forgets how fast lanes were, and measures again from this time on. */
  measureFrom(time: number): void;
  /** How fast a single lane is, in bytes a millisecond, how many lanes tell so, and for how long. */
  laneRate(): LaneRate;
};

export type LaneRate = { readonly rate: number; readonly samples: number; readonly spanMs: number };

/**
 * The first bytes of a put are swallowed by buffers of this machine, at once: what was handed over tells how fast the
 * line is only behind them. What a get receives has come over the line.
 */
const LEAD_BYTES: Readonly<Record<Direction, number>> = { put: 512 * 1024, get: 1 };
/** In less time there are too few pieces to tell. */
const LEAST_MS = 12;

type Attempt = {
  readonly lead: number;
  bytes: number;
  at: number;
  /** From when on, and from which byte on, it is measured. */
  mark: { readonly bytes: number; readonly at: number } | undefined;
};

/** Nothing measured yet. */
export function createFlows(clock: Clock): Flows {
  const active = new Set<Attempt>();
  let ended: number[] = [];
  let from = Number.NEGATIVE_INFINITY;
  let firstAt = Number.POSITIVE_INFINITY;
  let movedBytes = 0;
  let partMs: number | undefined;
  let partBytes = 0;

  const sampleOf = ({ mark, bytes, at }: Attempt): readonly number[] => {
    const spanMs = mark ? at - mark.at : 0;
    return mark && spanMs >= LEAST_MS ? [(bytes - mark.bytes) / spanMs] : [];
  };
  const moved = (attempt: Attempt, total: number): void => {
    movedBytes += total - attempt.bytes;
    attempt.bytes = total;
    attempt.at = clock.now();
    if (total >= attempt.lead && attempt.at >= from) attempt.mark ??= { bytes: total, at: attempt.at };
  };

  return {
    get movedBytes() {
      return movedBytes;
    },
    get active() {
      return active.size;
    },
    get partMs() {
      return partMs;
    },
    get partBytes() {
      return partBytes;
    },
    begin(size, direction) {
      const startedAt = clock.now();
      const lead = LEAD_BYTES[direction];
      const attempt: Attempt = {
        lead,
        bytes: 0,
        at: startedAt,
        mark: undefined,
      };
      firstAt = Math.min(firstAt, startedAt);
      active.add(attempt);
      partBytes = partBytes === 0 ? size : partBytes + (size - partBytes) / 8;
      return {
        moved: (total) => moved(attempt, total),
        over(hasArrived) {
          active.delete(attempt);
          // What a second attempt beside it brought home was not counted on the way.
          movedBytes += (hasArrived ? size : 0) - attempt.bytes;
          if (!hasArrived) return;
          ended.push(...sampleOf(attempt));
          const tookMs = clock.now() - startedAt;
          partMs = partMs === undefined ? tookMs : partMs + (tookMs - partMs) / 8;
        },
      };
    },
    measureFrom(time) {
      from = time;
      ended = [];
      for (const attempt of active) attempt.mark = undefined;
    },
    laneRate() {
      const all = [...ended, ...[...active].flatMap(sampleOf)];
      return {
        rate: all.reduce((sum, rate) => sum + rate, 0) / Math.max(1, all.length),
        spanMs: clock.now() - Math.max(from, firstAt),
        samples: all.length,
      };
    },
  };
}
