import type { Step } from './climb.ts';

/**
 * The first steps, within the first parts: while lanes are fast and a new one takes nothing from the others, the line
 * is not full, and nobody needs to wait for a part to arrive to know that.
 */
export type Ramp = {
  /**
   * The next step; `over` when lanes are slow or the line seems full: then only trying tells more; `back` when the last
   * step next door brought nothing.
   */
  judge(seen: Seen): Step | 'wait' | 'over' | 'back';
};

/** What was seen since the last step. */
type Seen = {
  readonly lanes: number;
  /** Of a single lane, in bytes a millisecond. */
  readonly rate: number;
  /** For how long lanes were measured. */
  readonly spanMs: number;
  readonly partBytes: number;
  readonly isFar: boolean;
  /** This program has time to spare: the lanes wait for the other side. */
  readonly isIdle: boolean;
};

/** Too many lanes cost nothing where they are emptied again within such a time. */
const FAST_PART_MS = 1_000;
const VERY_FAST_PART_MS = 500;
/** Next door lanes of this kind are enough: together they are faster than nearly every line. */
export const ENOUGH_PART_MS = 110;
/** There a step is taken back at once, so parts may take longer. */
const NEAR_FAST_PART_MS = 2_000;
/** The first bytes of a run come late because its code is new, and tell nothing of a line that has no length. */
const NEAR_SPAN_MS = 250;
/** When a lane keeps less than this of what it had, the others have taken it. */
const SHARED = 0.6;
/** While lanes are being opened, and code runs for the first time, all of them stutter for a moment. */
const STUTTER_MS = 100;

/** `hintLanes`: what was right for an earlier run; reached at one step, but only where lanes are fast. */
export function createRamp(hintLanes = 0): Ramp {
  let best = 0;
  return {
    judge({ lanes, rate, spanMs, partBytes, isFar, isIdle }) {
      if (!isFar && (spanMs < NEAR_SPAN_MS || !isIdle)) return 'wait';
      if (rate < best * SHARED) return spanMs < STUTTER_MS ? 'wait' : isFar ? 'over' : 'back';
      const partMs = partBytes / rate;
      if (partMs > (isFar ? FAST_PART_MS : NEAR_FAST_PART_MS)) return 'over';
      if (!isFar && partMs < ENOUGH_PART_MS) return 'wait';
      const factor = isFar && best === 0 && partMs <= VERY_FAST_PART_MS ? 4 : 2;
      best = Math.max(best, rate);
      const more = Math.max(lanes * factor, hintLanes);
      return { lanes: more, because: 'every lane is fast, and the line is not full' };
    },
  };
}
