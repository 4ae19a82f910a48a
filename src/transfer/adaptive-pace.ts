import { createClimb, type Step } from './climb.ts';
import type { Emit } from './events.ts';
import { createFlows } from './flows.ts';
import { createGate } from './gate.ts';
import {
  ASKED_TO_SLOW_DOWN,
  createBrake,
  type Flow,
  LANE_IS_BACK,
  type Pace,
  type PaceHint,
} from './pace.ts';
import type { Clock } from './ports.ts';
import { createRamp, ENOUGH_PART_MS } from './ramp.ts';

/** What a pace that finds itself begins with. */
const START_LANES = 8;
/** Where it ends. */
export const MOST_LANES = 64;
const LEAST_HINT = 2;

/** An endpoint that answers sooner is next door: a few lanes fill the way to it, unless each of them is slow. */
const FAR_MS = 10;
/** A program that is busy for more of its time is what the lanes wait for. */
const BUSY = 0.6;
/** No line changes faster, and there may be thousands of pieces a second. */
const LOOK_EVERY_MS = 5;
/** Of so many small requests the quickest counts: those before may have met a program that had just begun. */
const LAST_ANSWERS = 8;
/** A part that takes longer is a burden for long when it was begun for a trial only. */
const SLOW_LANE_MS = 10_000;
/** So many lanes, and a quarter of all, tell how fast a lane is. */
const LEAST_SAMPLES = 4;
const LEAST_WINDOW_MS = 600;
const LONGEST_WINDOW_MS = 2_000;
const LEAST_SETTLE_MS = 200;
const LONGEST_SETTLE_MS = 1_000;
/** A line that was found full is left alone for a while. */
const AFTER_RAMP_MS = 5_000;
const FIRST_THROTTLED_MS = 30_000;
const LONGEST_THROTTLED_MS = 300_000;
/** So much of the lanes at which a server had enough is all right with it. */
const BELOW_THROTTLING = 0.8;

export type AdaptivePaceOptions = {
  readonly maxMemory: number;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly hint?: PaceHint | undefined;
};

/**
 * A pace that follows what it measures (docs/decisions/0009). It looks only when bytes move, and only while all
 * lanes are used: a run that does not use its lanes says nothing about them.
 */
export function createAdaptivePace({ maxMemory, clock, emit, hint }: AdaptivePaceOptions): Pace {
  let lanes = Math.min(START_LANES, Math.max(LEAST_HINT, hint?.lanes ?? START_LANES));
  // Over a long way lanes are worth more than what it costs to read a part twice.
  const gate = createGate({ lanes, maxMemory, mayShrink: () => isFar() });
  const flows = createFlows(clock);
  const ramp = createRamp(Math.min(MOST_LANES, hint?.lanes ?? 0));
  const climb = createClimb(START_LANES);
  const brake = createBrake();
  let isRamping = lanes === START_LANES;
  const answers: number[] = [];
  let roundTripMs = Number.POSITIVE_INFINITY;
  /** Lanes come back up to here after a server had enough. */
  let ceiling: number | undefined;
  /** When the brake was last pulled, and whether anything begun since has succeeded. */
  let brakedAt = Number.NEGATIVE_INFINITY;
  let hasAnswered = true;
  let throttledMs = FIRST_THROTTLED_MS;
  /** Since when the same lanes move, and how many bytes had moved then. */
  let windowFrom = Number.NEGATIVE_INFINITY;
  let windowBytes = 0;
  let hasLearned = false;
  let lookAt = Number.NEGATIVE_INFINITY;
  /** The last step of the ramp, to be taken back where it brought nothing. */
  let lanesBefore = lanes;
  /** Since when lanes are measured, and for how long the program had been busy then. */
  const measured = { from: clock.now(), busyMs: clock.busyMs?.() ?? 0 };
  // Fewer than usual were enough for a server that had asked for it.
  if (!isRamping) climb.hold(clock.now(), FIRST_THROTTLED_MS, 'small');

  const isFar = (): boolean => roundTripMs >= FAR_MS && Number.isFinite(roundTripMs);
  /** As many lanes as there is work and memory for: more would be promised in vain. */
  const room = (): number => Math.min(MOST_LANES, Math.max(lanes, gate.wanted));
  const openWindow = (settleMs = 0): void => {
    windowFrom = clock.now() + settleMs;
    windowBytes = -1;
  };
  /** Until new lanes are on their way nothing is measured. */
  const measureAnew = (): void => {
    measured.from = clock.now();
    measured.busyMs = clock.busyMs?.() ?? 0;
    openWindow(Math.max(LEAST_SETTLE_MS, Math.min(flows.partMs ?? 0, LONGEST_SETTLE_MS)));
    flows.measureFrom(clock.now() + (isFar() ? roundTripMs : 0));
  };
  const change = ({ lanes: wanted, because }: Step): void => {
    measureAnew();
    const next = Math.max(1, Math.min(wanted, room()));
    if (next === lanes) return;
    lanes = next;
    hasLearned = true;
    emit({ type: 'pace.changed', lanes, because });
    gate.open(lanes);
  };

  const isIdle = (): boolean => {
    const busyMs = (clock.busyMs?.() ?? 0) - measured.busyMs;
    return busyMs < (clock.now() - measured.from) * BUSY;
  };
  const lookAtRates = (): void => {
    const { samples, ...seen } = flows.laneRate();
    if (samples < Math.max(LEAST_SAMPLES, lanes / 4)) return;
    const step = ramp.judge({
      ...seen,
      lanes,
      partBytes: flows.partBytes,
      isFar: isFar(),
      isIdle: isIdle(),
    });
    if (step === 'wait') return;
    if (step === 'back') {
      isRamping = false;
      climb.hold(clock.now(), AFTER_RAMP_MS, 'small');
      change({ lanes: lanesBefore, because: 'more lanes brought nothing' });
      return;
    }
    isRamping = step !== 'over' && room() > lanes;
    if (!isRamping) climb.hold(clock.now(), 0, 'fast');
    if (step === 'over') return measureAnew();
    lanesBefore = lanes;
    change(step);
  };
  const lookAtGoodput = (): void => {
    const now = clock.now();
    if (now < windowFrom) return;
    if (windowBytes < 0) {
      windowFrom = now;
      windowBytes = flows.movedBytes;
      return;
    }
    const elapsedMs = now - windowFrom;
    const partMs = flows.partMs ?? 0;
    if (elapsedMs < Math.min(LONGEST_WINDOW_MS, Math.max(LEAST_WINDOW_MS, partMs * 1.5))) return;
    const goodput = (flows.movedBytes - windowBytes) / elapsedMs;
    hasLearned = true;
    const isSlow = flows.partBytes * lanes > goodput * SLOW_LANE_MS;
    const step = climb.judge({ lanes, goodput, now, most: room(), isSlow });
    if (step) change(step);
    else openWindow();
  };
  const look = (): void => {
    const now = clock.now();
    if (ceiling !== undefined || now < lookAt) return;
    lookAt = now + LOOK_EVERY_MS;
    const isEnough = !isFar() && lanes >= START_LANES && (flows.partMs ?? 0) < ENOUGH_PART_MS;
    if (!isRamping && isEnough) return;
    // Of a time when lanes were not wanted nothing can be told.
    if (gate.moving < lanes) openWindow();
    else if (!isRamping) lookAtGoodput();
    else if (room() > lanes || lanes > START_LANES) lookAtRates();
  };
  const brakeHard = (startedAt: number, because: string): void => {
    const now = clock.now();
    if (lanes === 1 || !brake.pulls(startedAt, now)) return;
    // Refused again before anything was taken: the same message, and no news of how much is too much.
    if (hasAnswered) ceiling = Math.max(1, Math.floor(lanes * BELOW_THROTTLING));
    hasAnswered = false;
    brakedAt = now;
    isRamping = false;
    change({ lanes: lanes >> 1, because });
  };

  return {
    maxLanes: MOST_LANES,
    get lanes() {
      return lanes;
    },
    enter: gate.enter,
    begin(size, direction): Flow {
      // After a pause, or an endpoint that was away, everything is measured anew.
      if (flows.active === 0 && !isRamping) openWindow();
      const flow = flows.begin(size, direction);
      return {
        moved(total) {
          flow.moved(total);
          look();
        },
        over(hasArrived) {
          flow.over(hasArrived);
          look();
        },
      };
    },
    slowDown: (startedAt) => brakeHard(startedAt, ASKED_TO_SLOW_DOWN),
    timedOut: (startedAt) => brakeHard(startedAt, 'a request fell silent'),
    answered(elapsedMs) {
      answers.push(elapsedMs);
      if (answers.length > LAST_ANSWERS) answers.shift();
      roundTripMs = Math.min(...answers);
    },
    succeeded(startedAt) {
      hasAnswered ||= startedAt >= brakedAt;
      if (ceiling === undefined || !brake.lets()) return;
      if (lanes < ceiling) change({ lanes: lanes + 1, because: LANE_IS_BACK });
      if (lanes < ceiling) return;
      // All that it is known to take: not a lane more for a while.
      ceiling = undefined;
      climb.hold(clock.now(), throttledMs, 'small');
      throttledMs = Math.min(LONGEST_THROTTLED_MS, throttledMs * 2);
    },
    get learned() {
      // A run that ends within an outage must not slow down the next.
      return hasLearned ? { lanes: Math.max(climb.best ?? lanes, ceiling ?? 0) } : undefined;
    },
  };
}
