import { describe, expect, test } from 'vitest';
import { download } from '../../src/transfer/download.ts';
import { interruption, TransferError } from '../../src/transfer/errors.ts';
import { hedged, watchStragglers } from '../../src/transfer/hedge.ts';
import { upload } from '../../src/transfer/upload.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { virtualClock } from '../support/memory/clock.ts';
import { failureOf, memorySetting, type Setting, TARGET } from '../support/memory/engine.ts';
import { memorySink } from '../support/memory/sink.ts';
import { memorySource } from '../support/memory/source.ts';

const never = new AbortController().signal;
const at = (ms: number): Promise<void> => new Promise((settle) => setTimeout(settle, ms));
const untilCancelled = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(interruption(signal))));

describe('an attempt that is late', () => {
  test('is helped by a second one; the first that succeeds wins, and the other is waited for', async () => {
    let isFirstOver = false;
    const value = await hedged(never, {
      first: (signal) => untilCancelled(signal).finally(async () => void (await at(5), (isFirstOver = true))),
      second: () => Promise.resolve('second'),
      late: () => Promise.resolve(),
    });
    expect(value).toBe('second');
    expect(isFirstOver).toBe(true);
  });
  test('still wins when the second fails, and is the one that is told when both do', async () => {
    const second = (): Promise<string> => Promise.reject(new Error('second'));
    const late = (): Promise<void> => Promise.resolve();
    const first = async (): Promise<string> => at(5).then(() => 'first');
    expect(await hedged(never, { first, second, late })).toBe('first');
    const fails = async (): Promise<string> => at(5).then(() => Promise.reject(new Error('first')));
    await expect(hedged(never, { first: fails, second, late })).rejects.toThrow('first');
  });
  test('gets no help when it fails or succeeds in time, or is interrupted', async () => {
    const controller = new AbortController();
    const second = (): Promise<never> => Promise.reject(new Error('nobody asked for a second'));
    const late = untilCancelled;
    await expect(
      hedged(never, { first: () => Promise.reject(new Error('first')), second, late }),
    ).rejects.toThrow('first');
    expect(await hedged(never, { first: () => Promise.resolve(1), second, late })).toBe(1);
    const running = hedged(controller.signal, { first: untilCancelled, second, late });
    controller.abort(new TransferError('interrupted', 'Ctrl-C'));
    await expect(running).rejects.toMatchObject({ message: 'Ctrl-C' });
  });
});

test('a part is late only when no other waits, some have arrived, and it takes three times as long', async () => {
  const clock = virtualClock();
  const stragglers = watchStragglers(clock, 5);
  let isLate = false;
  for (let part = 0; part < 4; part++) stragglers.begun();
  const startedAt = clock.now();
  const waiting = stragglers.late(never).then(() => (isLate = true));
  for (let part = 0; part < 3; part++) stragglers.arrived(4_000);
  await clock.sleep(60_000, { signal: never });
  expect(isLate).toBe(false);
  stragglers.begun();
  await waiting;
  expect(clock.now() - startedAt).toBeLessThan(62_000);
});

describe('the last part of a transfer, when its request falls silent', () => {
  const bytes = patternBytes(500);
  const hedges = ({ events }: Setting): number => events.filter(({ type }) => type === 'part.hedged').length;

  test('is sent a second time beside it, without a retry', async () => {
    const setting = memorySetting({ faults: [{ op: 'uploadPart', part: 5, nth: 1, kind: 'silent' }] });
    const { engine, store, clock } = setting;
    const result = await upload(engine, memorySource(bytes, { clock }), TARGET, {
      partSize: 100,
      minPartSize: 1,
    });
    expect(result).toMatchObject({ retries: 0, parts: 5 });
    expect(Buffer.from(store.objects.get('key')?.bytes ?? []).equals(bytes)).toBe(true);
    expect(store.calls.perSubject('uploadPart').get(5)).toBe(2);
    expect([hedges(setting), store.calls.inFlight, clock.sleeping()]).toEqual([1, 0, 0]);
  });

  test('is not, where equal bytes get another ETag each time', async () => {
    const setting = memorySetting({
      etags: 'named',
      faults: [{ op: 'uploadPart', part: 5, nth: 1, kind: 'silent' }],
    });
    const { engine, clock } = setting;
    const controller = new AbortController();
    const source = memorySource(bytes, { clock });
    const sending = upload(engine, source, TARGET, {
      partSize: 100,
      minPartSize: 1,
      signal: controller.signal,
    });
    void clock.sleep(600_000, { signal: never }).then(() => controller.abort());
    expect(await failureOf(sending)).toMatchObject({ kind: 'interrupted' });
    expect(hedges(setting)).toBe(0);
  });

  test.each(['any', 'in-order'] as const)('is fetched a second time beside it (%s)', async (order) => {
    const setting = memorySetting({ faults: [{ op: 'read', part: 400, nth: 1, kind: 'silent' }] });
    const { engine, store, clock } = setting;
    store.place('key', bytes);
    const sink = memorySink({ clock, order });
    const result = await download(engine, TARGET, sink, { partSize: 100 });
    expect(result).toMatchObject({ retries: 0, verified: { by: 'checksum' } });
    expect(Buffer.from(sink.bytes).equals(bytes)).toBe(true);
    expect([hedges(setting), store.calls.inFlight, clock.sleeping()]).toEqual([1, 0, 0]);
  });
});
