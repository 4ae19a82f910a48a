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
  /** How fast a single lane is, in bytes a millisecond, and how many lanes tell so. */
  laneRate(): { readonly rate: number; readonly samples: number };
};

/**
 * The first bytes of a put are swallowed by buffers of this machine, at once: what was handed over tells how fast the
 * line is only behind them. What a get receives has come over the line.
 */
const LEAD_BYTES: Readonly<Record<Direction, number>> = { put: 512 * 1024, get: 1 };
/** In less time there are too few pieces to tell. */
const LEAST_MS = 12;

type Attempt = {
  readonly size: number;
  readonly lead: number;
  readonly startedAt: number;
  bytes: number;
  at: number;
  mark: { readonly bytes: number; readonly at: number } | undefined;
};

/** Nothing measured yet. */
export function createFlows(clock: Clock): Flows {
  const active = new Set<Attempt>();
  let ended: number[] = [];
  let from = Number.NEGATIVE_INFINITY;
  let movedBytes = 0;
  let partMs: number | undefined;
  let partBytes = 0;

  const rateOf = ({ mark, bytes, at }: Attempt): number | undefined =>
    mark && at - mark.at >= LEAST_MS ? (bytes - mark.bytes) / (at - mark.at) : undefined;
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
      const attempt: Attempt = { size, lead, startedAt, bytes: 0, at: startedAt, mark: undefined };
      active.add(attempt);
      partBytes = partBytes === 0 ? size : partBytes + (size - partBytes) / 8;
      return {
        moved: (total) => moved(attempt, total),
        over(hasArrived) {
          active.delete(attempt);
          // What a second attempt beside it brought home was not counted on the way.
          movedBytes += (hasArrived ? size : 0) - attempt.bytes;
          if (!hasArrived) return;
          const rate = rateOf(attempt);
          if (rate !== undefined) ended.push(rate);
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
      const rates = [...ended, ...[...active].flatMap((attempt) => rateOf(attempt) ?? [])];
      const sum = rates.reduce((total, rate) => total + rate, 0);
      return { rate: rates.length === 0 ? 0 : sum / rates.length, samples: rates.length };
    },
  };
}
