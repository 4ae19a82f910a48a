/** What a climb wants changed. */
export type Step = { readonly lanes: number; readonly because: string };

/** What was measured while the same lanes moved. */
export type Window = {
  readonly lanes: number;
  /** In bytes a millisecond. */
  readonly goodput: number;
  readonly now: number;
  /** As many lanes as could be used now. */
  readonly most: number;
  /** Whether a part takes so long that it matters for long how many were begun. */
  readonly isSlow: boolean;
};

/** Finds the number of lanes by trying: more as long as they bring more, fewer when they cost nothing. */
export type Climb = {
  /** Says what to try next. */
  judge(window: Window): Step | undefined;
  /** The lanes of the last window that was no mere trial. */
  readonly best: number | undefined;
  /** Tries nothing for `ms`, and then a step of this kind; what was measured before is forgotten. */
  hold(now: number, ms: number, step: 'fast' | 'small'): void;
};

type Base = Pick<Window, 'lanes' | 'goodput'>;

/** A step up must bring so much of what it would on a line that is not full. */
const WORTH_IT = 0.25;
/** Fewer lanes are as good as more while goodput loses no more than this. */
const AS_GOOD = 0.95;
/** A line that gives so much less or more than it did has changed. */
const FELL = 0.7;
const ROSE = 1.3;
const FAST_STEP = 2;
const SMALL_STEP = 1.25;
const DOWN_STEP = 0.75;
const FIRST_HOLD_MS = 5_000;
const LONGEST_HOLD_MS = 60_000;

/** A climb that goes down to `least` lanes at most; from below, where a server asked for that, only up. */
export function createClimb(least: number): Climb {
  let base: Base | undefined;
  let trial: 'none' | 'up' | 'down' = 'none';
  let next: 'up' | 'down' = 'up';
  let factor = FAST_STEP;
  let holdUntil = Number.NEGATIVE_INFINITY;
  let holdMs = FIRST_HOLD_MS;

  const keep = ({ lanes, goodput }: Window): void => void (base = { lanes, goodput });
  /** Nothing more is tried for a while, and then the other way. */
  const rest = (now: number, then: 'up' | 'down'): void => {
    trial = 'none';
    next = then;
    factor = FAST_STEP;
    holdUntil = now + holdMs;
  };
  const up = ({ lanes, most, isSlow, now }: Window): Step | undefined => {
    if (isSlow) factor = SMALL_STEP;
    const target = Math.min(most, Math.ceil(lanes * factor));
    trial = 'up';
    if (target > lanes) return { lanes: target, because: 'trying whether more lanes bring more' };
    rest(now, 'down');
    return undefined;
  };
  const down = ({ lanes, now }: Window): Step | undefined => {
    const target = Math.max(least, Math.floor(lanes * DOWN_STEP));
    trial = 'down';
    if (target < lanes) return { lanes: target, because: 'trying whether fewer lanes do' };
    rest(now, 'up');
    return undefined;
  };

  const judgeUp = (window: Window, before: Base): Step | undefined => {
    const { lanes, goodput, now } = window;
    if (goodput / before.goodput - 1 >= WORTH_IT * (lanes / before.lanes - 1)) {
      keep(window);
      holdMs = FIRST_HOLD_MS;
      return up(window);
    }
    const wasSmall = factor === SMALL_STEP;
    rest(now, 'down');
    if (wasSmall) holdMs = Math.min(LONGEST_HOLD_MS, holdMs * 2);
    // Twice as many were too many; a few more may still be right.
    else [next, factor, holdUntil] = ['up', SMALL_STEP, now];
    return { lanes: before.lanes, because: 'more lanes brought nothing' };
  };
  const judgeDown = (window: Window, before: Base): Step | undefined => {
    if (window.goodput >= before.goodput * AS_GOOD) {
      keep(window);
      return down(window);
    }
    rest(window.now, 'up');
    holdMs = Math.min(LONGEST_HOLD_MS, holdMs * 2);
    return { lanes: before.lanes, because: 'fewer lanes brought less' };
  };

  return {
    get best() {
      return base?.lanes;
    },
    judge(window) {
      const { goodput, now, lanes } = window;
      const before = base;
      if (before && trial === 'up') return judgeUp(window, before);
      if (before && trial === 'down') return judgeDown(window, before);
      const change = before ? goodput / before.goodput : 1;
      if (change < FELL || change > ROSE) {
        keep(window);
        factor = FAST_STEP;
        return change < FELL ? down(window) : up(window);
      }
      base = { lanes, goodput: before ? before.goodput + (goodput - before.goodput) / 4 : goodput };
      if (now < holdUntil) return undefined;
      return next === 'down' && lanes > least ? down(window) : up(window);
    },
    hold(now, ms, step) {
      base = undefined;
      trial = 'none';
      next = 'up';
      factor = step === 'small' ? SMALL_STEP : FAST_STEP;
      holdUntil = now + ms;
    },
  };
}
