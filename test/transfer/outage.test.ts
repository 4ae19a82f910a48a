import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import type { TransferEvent } from '../../src/transfer/events.ts';
import { createOutage, type Outage } from '../../src/transfer/outage.ts';
import { type VirtualClock, virtualClock } from '../support/memory/clock.ts';

const NEVER = new AbortController().signal;
const AWAY = new TransferError('network', 'refused', { recovery: 'wait' });
const MINUTE = 60_000;
const busy = (retryAfterMs: number): TransferError => new TransferError('throttled', '503', { retryAfterMs });

type Scene = { readonly outage: Outage; readonly clock: VirtualClock; readonly events: TransferEvent[] };

function scene(random = () => 0.5): Scene {
  const clock = virtualClock();
  const events: TransferEvent[] = [];
  const emit = (event: TransferEvent): void => void events.push(event);
  const limits = { giveUpAfterMs: 5 * MINUTE, firstAnswerWithinMs: MINUTE / 2 };
  return { outage: createOutage({ clock, random, emit, ...limits }), clock, events };
}

/** Whether a promise has resolved; it may still be rejected. */
function watch(promise: Promise<void>): { readonly isDone: boolean } {
  const state = { isDone: false };
  promise.then(
    () => Object.assign(state, { isDone: true }),
    () => state,
  );
  return state;
}

/** Waits again and again until patience ends; how long that took. */
async function waitOut({ outage, clock }: Scene, error: TransferError = AWAY): Promise<number> {
  const from = clock.now();
  const visitor = {};
  await expect(
    (async () => {
      for (;;) await outage.wait(visitor, error, NEVER);
    })(),
  ).rejects.toMatchObject({ kind: error.kind, recovery: 'never', cause: error });
  outage.leave(visitor);
  return clock.now() - from;
}

describe('an outage', () => {
  test('is probed by one, at doubling intervals of up to ten seconds, while the others wait', async () => {
    const { outage, clock, events } = scene();
    outage.answered(true);
    const [prober, other] = [{}, {}];
    await outage.wait(prober, AWAY, NEVER);
    const waiting = outage.wait(other, AWAY, NEVER);
    const state = watch(waiting);
    for (let probe = 2; probe <= 7; probe++) await outage.wait(prober, AWAY, NEVER);
    await clock.quiet();
    expect(events.map((event) => event.type === 'endpoint.away' && event.delayMs)).toEqual([
      375, 750, 1500, 3000, 6000, 7500, 7500,
    ]);
    expect(state.isDone).toBe(false);
    outage.answered(true);
    await waiting;
    expect(events.at(-1)).toEqual({ type: 'endpoint.back', awayMs: 26_625 });
  });

  test('holds up whoever has not failed yet', async () => {
    const { outage, clock } = scene();
    await outage.wait({}, AWAY, NEVER);
    const passing = outage.pass({}, NEVER);
    const state = watch(passing);
    await clock.quiet();
    expect(state.isDone).toBe(false);
    outage.answered(false);
    await passing;
  });

  test('begins again with short waits after the endpoint was back', async () => {
    const { outage, events } = scene();
    const prober = {};
    for (let probe = 1; probe <= 3; probe++) await outage.wait(prober, AWAY, NEVER);
    outage.answered(true);
    await outage.wait(prober, AWAY, NEVER);
    expect(events.at(-1)).toMatchObject({ type: 'endpoint.away', delayMs: 375 });
  });

  test('hands the probing on when the prober leaves', async () => {
    const { outage } = scene();
    const [first, second, third] = [{}, {}, {}];
    await outage.wait(first, AWAY, NEVER);
    const probing = outage.pass(second, NEVER);
    const waiting = outage.pass(third, NEVER);
    const state = watch(waiting);
    outage.leave(first);
    await probing;
    expect(state.isDone).toBe(false);
    outage.leave(second);
    await waiting;
  });

  test('lets go of whoever is interrupted while waiting, and never hands the probing to them', async () => {
    const { outage } = scene();
    const [first, second, third] = [{}, {}, {}];
    await outage.wait(first, AWAY, NEVER);
    const impatient = new AbortController();
    const waiting = outage.pass(second, impatient.signal);
    const probing = outage.pass(third, NEVER);
    impatient.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' });
    outage.leave(first);
    await expect(probing).resolves.toBeUndefined();
  });

  test('ends after thirty seconds when the endpoint never answered in this run', async () => {
    const waited = await waitOut(scene());
    expect(waited).toBeGreaterThan(20_000);
    expect(waited).toBeLessThanOrEqual(MINUTE / 2 + 10_000);
  });

  test('ends after five minutes when it had answered before', async () => {
    const setting = scene();
    setting.outage.answered(true);
    const waited = await waitOut(setting);
    expect(waited).toBeGreaterThan(4 * MINUTE);
    expect(waited).toBeLessThanOrEqual(5 * MINUTE + 10_000);
  });

  test('is waited for as long after an hour in which nothing was asked', async () => {
    const setting = scene();
    setting.outage.answered(true);
    await setting.clock.sleep(60 * MINUTE, { signal: NEVER });
    expect(await waitOut(setting)).toBeGreaterThan(4 * MINUTE);
  });

  test('is not prolonged by answers that acknowledge nothing', async () => {
    const setting = scene();
    const { outage, clock } = setting;
    outage.answered(true);
    const from = clock.now();
    const visitor = {};
    await expect(
      (async () => {
        for (;;) {
          await outage.wait(visitor, AWAY, NEVER);
          outage.answered(false);
        }
      })(),
    ).rejects.toMatchObject({ recovery: 'never' });
    expect(clock.now() - from).toBeLessThanOrEqual(5 * MINUTE + 10_000);
  });

  test('leaves the server alone for as long as it asks, but not beyond a minute', async () => {
    const { outage, events } = scene();
    outage.answered(true);
    const visitor = {};
    await outage.wait(visitor, busy(20_000), NEVER);
    await outage.wait(visitor, busy(3_600_000), NEVER);
    expect(events).toMatchObject([{ delayMs: 20_000 }, { delayMs: 60_000 }]);
  });

  test('asks the others to wait as long as they were asked to, too', async () => {
    const { outage, clock } = scene();
    outage.answered(true);
    const from = clock.now();
    await outage.wait({}, AWAY, NEVER);
    const asked = outage.wait({}, busy(30_000), NEVER);
    outage.answered(true);
    await asked;
    expect(clock.now() - from).toBeGreaterThanOrEqual(30_000);
  });
});
