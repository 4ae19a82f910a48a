import type { Step } from './climb.ts';

/**
 * The first steps, within the first parts: while lanes are fast and a new one takes nothing from the others, the line
 * is not full, and nobody needs to wait for a part to arrive to know that.
 */
export type Ramp = {
  /** The next step; `over` when lanes are slow or the line seems full: then only trying tells more. */
  judge(seen: Seen): Step | 'wait' | 'over';
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
};

/** Too many lanes cost nothing where they are emptied again within such a time. */
const FAST_PART_MS = 1_000;
const VERY_FAST_PART_MS = 500;
/** When a lane keeps less than this of what it had, the others have taken it. */
const SHARED = 0.6;
/** While lanes are being opened, and code runs for the first time, all of them stutter for a moment. */
const STUTTER_MS = 100;

/** `hintLanes`: what was right for an earlier run; reached at one step, but only where lanes are fast. */
export function createRamp(hintLanes = 0): Ramp {
  let best = 0;
  return {
    judge({ lanes, rate, spanMs, partBytes, isFar }) {
      if (rate < best * SHARED) return spanMs < STUTTER_MS ? 'wait' : 'over';
      const partMs = partBytes / rate;
      if (partMs > FAST_PART_MS) return 'over';
      const factor = isFar && best === 0 && partMs <= VERY_FAST_PART_MS ? 4 : 2;
      best = Math.max(best, rate);
      const more = Math.max(lanes * factor, hintLanes);
      return { lanes: more, because: 'every lane is fast, and the line is not full' };
    },
  };
}
