import type { Step } from './climb.ts';

/**
 * The first steps, within the first parts: while lanes are fast and a new one takes nothing from the others, the line
 * is not full, and nobody needs to wait for a part to arrive to know that.
 */
export type Ramp = {
  /** One lane moves `rate` bytes a millisecond when there are `lanes`: what now? `over`: from here on by trying. */
  judge(seen: {
    readonly lanes: number;
    readonly rate: number;
    readonly partBytes: number;
    readonly isFar: boolean;
  }): RampStep;
};

type RampStep = { readonly step: Step | undefined; readonly isOver: boolean };

/** Too many lanes cost nothing where they are emptied again within such a time. */
const FAST_PART_MS = 1_000;
const VERY_FAST_PART_MS = 500;
/** When a lane keeps less than this of what it had, the others have taken it. */
const SHARED = 0.6;
/** Lanes are idle between two parts: a few more than the rates say. */
const SPARE = 1.2;

/** `hintLanes`: what was right for an earlier run; reached at one step, but only where lanes are fast. */
export function createRamp(hintLanes = 0): Ramp {
  let best = 0;
  let before = 0;
  return {
    judge({ lanes, rate, partBytes, isFar }) {
      if (rate < best * SHARED) {
        const needed = Math.ceil(((rate * lanes) / best) * SPARE);
        const fewer = Math.min(lanes, Math.max(before, needed));
        return { step: { lanes: fewer, because: 'the line is full' }, isOver: true };
      }
      const partMs = partBytes / rate;
      if (partMs > FAST_PART_MS) return { step: undefined, isOver: true };
      const factor = isFar && best === 0 && partMs <= VERY_FAST_PART_MS ? 4 : 2;
      best = Math.max(best, rate);
      before = lanes;
      const more = Math.max(lanes * factor, hintLanes);
      return {
        step: { lanes: more, because: 'every lane is fast, and the line is not full' },
        isOver: false,
      };
    },
  };
}
