import { describe, expect, test } from 'vitest';
import { delayedAbort, systemClock } from '../../src/transfer/clock.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { virtualClock } from '../support/memory/clock.ts';

describe('a delayed abort', () => {
  test('follows only after its grace, with the same reason', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const { signal } = delayedAbort(controller.signal, 2000, clock);
    const from = clock.now();
    const aborted = new Promise<number>((resolve) => {
      signal.addEventListener('abort', () => resolve(clock.now() - from));
    });
    const reason = new TransferError('interrupted', 'Ctrl-C');
    controller.abort(reason);
    expect(signal.aborted).toBe(false);
    expect(await aborted).toBe(2000);
    expect(signal.reason).toBe(reason);
  });

  test('counts its grace from the beginning for a signal that was aborted before', async () => {
    const clock = virtualClock();
    const { signal } = delayedAbort(AbortSignal.abort(), 2000, clock);
    expect(signal.aborted).toBe(false);
    await clock.quiet();
    expect(signal.aborted).toBe(true);
  });

  test('never comes after its release, and leaves nobody sleeping', async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const grace = delayedAbort(controller.signal, 2000, clock);
    controller.abort();
    grace.release();
    await clock.quiet();
    expect(grace.signal.aborted).toBe(false);
  });
});

describe('the machine’s clock', () => {
  test('ends a sleep with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new TransferError('interrupted', 'Ctrl-C');
    const sleeping = systemClock.sleep(86_400_000, { signal: controller.signal });
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  test('does not fall asleep by an aborted signal', async () => {
    const sleeping = systemClock.sleep(86_400_000, { signal: AbortSignal.abort() });
    await expect(sleeping).rejects.toMatchObject({ kind: 'interrupted' });
  });
});
