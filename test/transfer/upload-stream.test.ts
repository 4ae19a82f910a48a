import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutStream } from '../../src/s3/stream-upload.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { MAX_PARTS, MIB, MIN_PART_SIZE } from '../../src/transfer/plan.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { planStream, uploadStream, type UploadStreamOptions } from '../../src/transfer/upload-stream.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import {
  failureOf,
  memorySetting,
  type Setting,
  type SettingOptions,
  TARGET,
} from '../support/memory/engine.ts';
import { type MemoryStream, memoryStream } from '../support/memory/source.ts';

const BYTES = patternBytes(350);

type Scene = Setting & {
  readonly source: MemoryStream;
  send(options?: UploadStreamOptions): Promise<TransferResult>;
};

/** A stream in pieces of 30 bytes, cut into parts of 100. */
function scene(options: SettingOptions = {}, bytes = BYTES, failure?: Error): Scene {
  const setting = memorySetting({ cutSize: 100, ...options });
  const source = memoryStream(bytes, 30, failure);
  return { ...setting, source, send: (how = {}) => uploadStream(setting.engine, source, TARGET, how) };
}

describe('planStream', () => {
  test('keeps the lanes and the part being filled within the memory, for any size it accepts', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 0, max: 5e12 }), { nil: undefined }),
        fc.integer({ min: 2 * MIN_PART_SIZE, max: 4 * 1024 * MIB }),
        (expectedSize, maxMemory) => {
          try {
            const { partSize, lanes, maxParts } = planStream({ expectedSize }, maxMemory);
            expect(lanes).toBeGreaterThanOrEqual(1);
            expect((lanes + 1) * partSize).toBeLessThanOrEqual(maxMemory);
            expect(partSize % MIB).toBe(0);
            expect(Math.ceil((expectedSize ?? 0) / partSize)).toBeLessThanOrEqual(maxParts);
          } catch (error) {
            // Only for want of memory: two parts that would fit 10,000 do not fit it.
            expect(error).toMatchObject({ kind: 'usage' });
            expect(2 * ((expectedSize ?? 0) / MAX_PARTS + MIB)).toBeGreaterThan(maxMemory);
          }
        },
      ),
    );
  });

  test.each([
    ['of unknown length', {}, 256 * MIB, { partSize: 64 * MIB, lanes: 2 }],
    ['of unknown length in little memory', {}, 30 * MIB, { partSize: 10 * MIB, lanes: 2 }],
    ['of a known length', { expectedSize: 1 }, 256 * MIB, { partSize: 8 * MIB, lanes: 7 }],
    ['of a known length in little memory', { expectedSize: 1 }, 20 * MIB, { partSize: 6 * MIB, lanes: 2 }],
    [
      'too long for parts of 8 MiB',
      { expectedSize: 90_000 * MIB },
      256 * MIB,
      { partSize: 9 * MIB, lanes: 7 },
    ],
    ['with a part size of its own', { partSize: 16 * MIB }, 40 * MIB, { partSize: 16 * MIB, lanes: 1 }],
    [
      'too long for its own part size',
      { partSize: 8 * MIB, expectedSize: 90_000 * MIB },
      256 * MIB,
      { partSize: 9 * MIB },
    ],
  ])('cuts a stream %s to what fits', (_, options, maxMemory, plan) => {
    expect(planStream(options, maxMemory)).toMatchObject(plan);
  });

  test.each([
    ['two parts that exceed the memory', { partSize: 64 * MIB }, 100 * MIB],
    ['a part below 5 MiB', { partSize: MIN_PART_SIZE - 1 }, 100 * MIB],
    ['a part above 5 GiB', { partSize: 5 * 1024 * MIB + 1 }, 20 * 1024 * MIB],
    ['less memory than two parts of 5 MiB', {}, 2 * MIN_PART_SIZE - 1],
  ])('refuses %s', (_, options, maxMemory) => {
    expect(() => planStream(options, maxMemory)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('uploadStream', () => {
  test('stores a stream of unknown length part by part', async () => {
    const { send, store, events } = scene();
    expect(await send()).toMatchObject({ bytes: 350, parts: 4, retries: 0, verified: { by: 'checksum' } });
    expect(store.objects.get('key')?.bytes).toEqual(BYTES);
    expect(store.objects.get('key')?.partSizes).toEqual([100, 100, 100, 50]);
    expect(events.at(0)).toMatchObject({ type: 'transfer.planned', size: null, parts: null });
    expect(events.at(-1)).toMatchObject({ type: 'transfer.done', bytes: 350 });
  });

  test.each([0, 1, 100])('stores a stream of %i bytes in one request', async (size) => {
    const { send, store } = scene({}, patternBytes(size));
    expect(await send()).toMatchObject({ bytes: size, parts: 1, uploadId: null });
    expect(store.objects.get('key')?.bytes).toEqual(patternBytes(size));
    expect(store.calls.log.map(({ verb }) => verb)).toEqual(['put']);
  });

  test('sends a part again from memory when it was lost on its way', async () => {
    const { send, store } = scene({ faults: [{ op: 'uploadPart', part: 2, nth: 1, kind: 'network-again' }] });
    expect(await send()).toMatchObject({ retries: 1 });
    expect(store.objects.get('key')?.bytes).toEqual(BYTES);
  });

  test.each([
    ['more', 349, 'more than the 349 bytes'],
    ['less', 351, '350 instead of the 351 bytes'],
  ])('stores nothing of a stream with %s bytes than expected', async (_, expectedSize, words) => {
    const { send, store } = scene();
    expect(await failureOf(send({ expectedSize }))).toMatchObject({
      kind: 'changed',
      message: expect.stringContaining(words),
    });
    expect(store.objects.size).toBe(0);
    expect(store.uploads.size).toBe(0);
  });

  test.each([
    ['more', 49],
    ['less', 51],
  ])('stores nothing of a short stream with %s bytes than expected', async (_, expectedSize) => {
    const { send, store } = scene({}, patternBytes(50));
    expect(await failureOf(send({ expectedSize }))).toMatchObject({ kind: 'changed' });
    expect(store.objects.size).toBe(0);
  });

  test('stops at more parts than the server takes, and leaves nothing', async () => {
    const { send, store, source } = scene();
    expect(await failureOf(send({ maxParts: 3 }))).toMatchObject({
      kind: 'usage',
      upload: { state: 'aborted' },
    });
    expect(store.objects.size).toBe(0);
    expect(store.uploads.size).toBe(0);
    expect(source.isClosed).toBe(true);
  });

  test('aborts its upload when the stream itself fails', async () => {
    const broken = new TransferError('disk', 'cannot read stdin: EIO');
    const { send, store } = scene({}, BYTES, broken);
    expect(await failureOf(send())).toMatchObject({ kind: 'disk', upload: { state: 'aborted' } });
    expect(store.uploads.size).toBe(0);
  });

  test('throws the first failure, cancels the parts beside it and closes the stream', async () => {
    const { send, store, source, said } = scene({ faults: [{ op: 'uploadPart', part: 1, kind: 'denied' }] });
    expect(await failureOf(send())).toMatchObject({ kind: 'denied', upload: { state: 'aborted' } });
    expect(store.calls.inFlight).toBe(0);
    expect(source.isClosed).toBe(true);
    expect(said().at(-1)).toBe('transfer.stopped');
  });

  test('does not wait for a part beside the one that failed', async () => {
    const { send, clock } = scene({
      faults: [
        { op: 'uploadPart', part: 1, nth: 2, kind: 'denied' },
        { op: 'uploadPart', part: 1, nth: 1, kind: 'server' },
        { op: 'uploadPart', part: 2, kind: 'silent' },
      ],
    });
    const startedAt = clock.now();
    expect(await failureOf(send())).toMatchObject({ kind: 'denied' });
    expect(clock.now() - startedAt).toBeLessThan(1000);
  });

  test('is interrupted with an error of ours, whatever the reason of the signal', async () => {
    const controller = new AbortController();
    const { send, said } = scene({ emit: ({ type }) => void (type === 'part.done' && controller.abort()) });
    expect(await failureOf(send({ signal: controller.signal }))).toMatchObject({
      kind: 'interrupted',
      upload: { state: 'aborted' },
    });
    expect(said().at(-1)).toBe('transfer.stopped');
  });

  test('sends no abort when it is interrupted while Complete is silent', async () => {
    const controller = new AbortController();
    const { send, store } = scene({
      faults: [{ op: 'completeUpload', kind: 'silent' }],
      emit: ({ type }) => void (type === 'transfer.completing' && setImmediate(() => controller.abort())),
    });
    expect(await failureOf(send({ signal: controller.signal }))).toMatchObject({
      kind: 'interrupted',
      upload: { state: 'left' },
    });
    expect(store.calls.count('abortUpload')).toBe(0);
  });

  test('is done when the answer to Complete comes right after the interruption', async () => {
    const controller = new AbortController();
    const { send, store } = scene({
      emit: ({ type }) => void (type === 'transfer.completing' && setImmediate(() => controller.abort())),
    });
    await expect(send({ signal: controller.signal })).resolves.toMatchObject({ bytes: 350 });
    expect(store.calls.count('abortUpload')).toBe(0);
  });
});

describe('a stream that lib-storage cuts', () => {
  const bytes = patternBytes(2 * MIN_PART_SIZE + 1);

  test.each([
    ['more than a part', bytes],
    ['exactly a part', bytes.subarray(0, MIN_PART_SIZE)],
    ['nothing', bytes.subarray(0, 0)],
  ])('arrives the same: %s', async (_, wanted) => {
    const { engine, store } = memorySetting();
    const sent = await uploadStream({ ...engine, cut: cutStream }, memoryStream(wanted), TARGET, {
      partSize: MIN_PART_SIZE,
    });
    expect(sent.bytes).toBe(wanted.byteLength);
    expect(Buffer.from(wanted).equals(store.objects.get('key')?.bytes ?? new Uint8Array())).toBe(true);
  });

  test('is done when it was interrupted only while Complete was answered', async () => {
    const controller = new AbortController();
    const { engine, store } = memorySetting({
      emit: ({ type }) => void (type === 'transfer.completing' && setImmediate(() => controller.abort())),
    });
    const sending = uploadStream({ ...engine, cut: cutStream }, memoryStream(bytes), TARGET, {
      partSize: MIN_PART_SIZE,
      signal: controller.signal,
    });
    await expect(sending).resolves.toMatchObject({ bytes: bytes.byteLength });
    expect(store.calls.count('abortUpload')).toBe(0);
  });

  test('has no request under way any more when it was interrupted', async () => {
    const controller = new AbortController();
    const { engine, store } = memorySetting({
      emit: ({ type }) => void (type === 'part.started' && controller.abort()),
    });
    const sending = uploadStream({ ...engine, cut: cutStream }, memoryStream(bytes), TARGET, {
      partSize: MIN_PART_SIZE,
      signal: controller.signal,
    });
    expect(await failureOf(sending)).toMatchObject({ kind: 'interrupted', upload: { state: 'aborted' } });
    expect(store.calls.inFlight).toBe(0);
    expect(store.uploads.size).toBe(0);
  });
});
