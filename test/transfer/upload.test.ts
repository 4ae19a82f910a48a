import type { Source } from '../../src/transfer/ends.ts';
import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import { MIB } from '../../src/transfer/plan.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { upload, type UploadOptions } from '../../src/transfer/upload.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import {
  failureOf,
  memorySetting,
  type Setting,
  type SettingOptions,
  TARGET,
} from '../support/memory/engine.ts';
import { memorySource } from '../support/memory/source.ts';

const PARTS_OF_100: UploadOptions = { partSize: 100, minPartSize: 1 };
const BYTES = patternBytes(350);

type Scene = Setting & { put(bytes?: Uint8Array, options?: UploadOptions): Promise<TransferResult> };

function scene(options: SettingOptions = {}): Scene {
  const setting = memorySetting(options);
  return {
    ...setting,
    put: (bytes = BYTES, how = PARTS_OF_100) =>
      upload(setting.engine, memorySource(bytes, setting), TARGET, how),
  };
}

describe('upload', () => {
  test('stores the bytes part by part and says what it did', async () => {
    const { put, store, events } = scene();
    expect(await put()).toMatchObject({
      direction: 'put',
      from: 'file',
      to: 's3://box/key',
      bytes: 350,
      parts: 4,
      retries: 0,
      uploadId: 'upload-1',
      verified: { by: 'checksum', algorithm: 'crc32' },
    });
    expect(store.objects.get('key')?.bytes).toEqual(BYTES);
    expect(store.objects.get('key')?.partSizes).toEqual([100, 100, 100, 50]);
    expect(store.uploads.size).toBe(0);
    expect(events.at(0)).toMatchObject({ type: 'transfer.planned', size: 350, partSize: 100, parts: 4 });
    expect(events.at(-1)).toMatchObject({ type: 'transfer.done', bytes: 350 });
  });

  test.each([0, 1, 99, 100])('stores %i bytes in one request, which is proof enough', async (size) => {
    const { put, store } = scene();
    expect(await put(patternBytes(size))).toMatchObject({
      parts: 1,
      uploadId: null,
      verified: { by: 'checksum' },
    });
    expect(store.objects.get('key')?.bytes).toEqual(patternBytes(size));
    expect(store.calls.log.map(({ verb }) => verb)).toEqual(['put']);
  });

  test('goes by the threshold, not by the part size, for what is one request', async () => {
    const { put, store } = scene();
    await put(BYTES, { ...PARTS_OF_100, multipartThreshold: 350 });
    await put(BYTES.slice(0, 50), { ...PARTS_OF_100, multipartThreshold: 10 });
    expect(store.calls.count('put')).toBe(1);
    expect(store.calls.perSubject('uploadPart')).toEqual(new Map([[1, 1]]));
  });

  test.each([
    ['the ETag', { echoes: false }, 'etag', 0],
    ['the size alone, after a look,', { echoes: false, etags: 'named' }, 'size', 1],
  ] as const)('proves one request by %s where nothing is echoed', async (_, habits, by, looks) => {
    const { put, store } = scene(habits);
    expect(await put(BYTES, { ...PARTS_OF_100, multipartThreshold: 400 })).toMatchObject({
      verified: { by },
    });
    expect(store.calls.count('stat')).toBe(looks);
  });

  test.each([
    ['checksum', {}],
    ['etag', { echoes: false }],
    ['size', { echoes: false, etags: 'named' }],
  ] as const)('proves parts by %s, as far as the store goes along', async (by, habits) => {
    const { put, store } = scene(habits);
    expect(await put()).toMatchObject({ verified: { by } });
    expect(store.objects.get('key')?.bytes).toEqual(BYTES);
  });

  test('finds by a look that one request stored nothing, whatever the server said', async () => {
    const { put, store } = scene({ echoes: false, etags: 'named', faults: [{ op: 'put', kind: 'ignored' }] });
    store.place('key', patternBytes(20));
    expect(await failureOf(put(patternBytes(50)))).toMatchObject({ kind: 'corrupt' });
  });

  test('claims only the size of one request where keys may write but not look', async () => {
    const { put } = scene({ echoes: false, etags: 'named', faults: [{ op: 'stat', kind: 'denied' }] });
    expect(await put(patternBytes(50))).toMatchObject({ verified: { by: 'size' } });
  });

  test('moves no more parts at once than it may', async () => {
    const { put, store } = scene({ concurrency: 2 });
    await put();
    expect(store.calls.peakLanes).toBe(2);
  });

  test('sends a part again that was stored wrong, and only that one', async () => {
    const { put, store } = scene({ faults: [{ op: 'uploadPart', part: 2, nth: 1, kind: 'corrupt-stored' }] });
    expect(await put()).toMatchObject({ retries: 1 });
    expect(store.objects.get('key')?.bytes).toEqual(BYTES);
    expect(store.calls.perSubject('uploadPart')).toEqual(
      new Map([
        [1, 1],
        [2, 2],
        [3, 1],
        [4, 1],
      ]),
    );
  });

  test('gives up on a part that is stored wrong three times', async () => {
    const { put, store } = scene({ faults: [{ op: 'uploadPart', part: 2, kind: 'corrupt-stored' }] });
    expect(await failureOf(put())).toMatchObject({ kind: 'corrupt', upload: { state: 'aborted' } });
    expect(store.calls.perSubject('uploadPart').get(2)).toBe(3);
    expect(store.objects.size).toBe(0);
  });

  test('aborts its upload when a part is refused, and names the first cause', async () => {
    const { put, store, said } = scene({ faults: [{ op: 'uploadPart', part: 3, kind: 'denied' }] });
    expect(await failureOf(put())).toMatchObject({
      kind: 'denied',
      upload: { uploadId: 'upload-1', state: 'aborted' },
    });
    expect(store.uploads.size).toBe(0);
    expect(store.calls.inFlight).toBe(0);
    expect(said().slice(-2)).toEqual(['upload.over', 'transfer.stopped']);
  });

  test('names the first cause when its upload is gone and the object cannot be looked at', async () => {
    const { put, store } = scene({
      faults: [
        { op: 'uploadPart', part: 3, kind: 'not-found' },
        { op: 'stat', kind: 'network-away' },
      ],
    });
    expect(await failureOf(put())).toMatchObject({ kind: 'not-found', upload: { state: 'aborted' } });
    expect(store.uploads.size).toBe(0);
  });

  test('says that its upload is left when the abort is refused as well', async () => {
    const { put, store } = scene({
      faults: [
        { op: 'uploadPart', part: 3, kind: 'denied' },
        { op: 'abortUpload', kind: 'denied' },
      ],
    });
    expect(await failureOf(put())).toMatchObject({
      kind: 'denied',
      upload: { uploadId: 'upload-1', state: 'left' },
    });
    expect(store.uploads.size).toBe(1);
  });

  test('completes nothing when the source changed while it was read', async () => {
    const setting = memorySetting();
    const source = memorySource(BYTES, { clock: setting.clock, changes: true });
    expect(await failureOf(upload(setting.engine, source, TARGET, PARTS_OF_100))).toMatchObject({
      kind: 'changed',
      upload: { state: 'aborted' },
    });
    expect(await failureOf(upload(setting.engine, source, TARGET))).toMatchObject({ kind: 'changed' });
    expect(setting.store.objects.size).toBe(0);
    expect(setting.store.calls.count('put')).toBe(0);
  });

  test('aborts its upload when the source cannot be read', async () => {
    const { engine, clock, store } = memorySetting();
    const source = memorySource(BYTES, { clock, unreadable: 200 });
    expect(await failureOf(upload(engine, source, TARGET, PARTS_OF_100))).toMatchObject({ kind: 'disk' });
    expect(store.uploads.size).toBe(0);
  });

  test.each([
    ['a whole object', {}, 2 * 350],
    // The last one has 50 bytes, and fits.
    ['parts', PARTS_OF_100, 2 * 300 + 50],
  ])('reads %s that do not fit the memory twice, piece by piece', async (_, options, expected) => {
    const { engine, clock, store } = memorySetting({ maxMemory: 99 });
    const read: number[] = [];
    const source = memorySource(BYTES, { clock });
    const watched: Source = {
      ...source,
      read(start, into, how) {
        read.push(into.byteLength);
        return source.read(start, into, how);
      },
    };
    await upload(engine, watched, TARGET, options);
    expect(Buffer.from(store.objects.get(TARGET.key)?.bytes ?? []).equals(BYTES)).toBe(true);
    // Once to be summed, once to be sent.
    expect(read.reduce((sum, bytes) => sum + bytes, 0)).toBe(expected);
  });

  test('never completes an object of which other bytes were sent than were summed', async () => {
    const { engine, clock, store } = memorySetting({ maxMemory: 99, attempts: 2 });
    const source = memorySource(BYTES, { clock });
    let reads = 0;
    const restless: Source = {
      ...source,
      async read(start, into, how) {
        await source.read(start, into, how);
        into[0] = reads++;
      },
    };
    expect(await failureOf(upload(engine, restless, TARGET, PARTS_OF_100))).toMatchObject({
      kind: 'corrupt',
    });
    expect(store.objects.size).toBe(0);
  });

  test('asks nothing of the store by an aborted signal', async () => {
    const { put, store } = scene();
    const signal = AbortSignal.abort(new TransferError('interrupted', 'Ctrl-C'));
    expect(await failureOf(put(BYTES, { ...PARTS_OF_100, signal }))).toMatchObject({ message: 'Ctrl-C' });
    expect(store.calls.log).toEqual([]);
  });

  test('learns the id of an upload that is begun while it is interrupted, and aborts it', async () => {
    const controller = new AbortController();
    const { put, store, clock } = scene({ latencyMs: () => 400 });
    const options = { ...PARTS_OF_100, signal: controller.signal, resume: 'never' } as const;
    const putting = failureOf(put(BYTES, options));
    await clock.sleep(100, { signal: new AbortController().signal });
    controller.abort();
    expect(await putting).toMatchObject({ kind: 'interrupted', upload: { state: 'aborted' } });
    expect(store.uploads.size).toBe(0);
  });

  test('does not wait longer than a moment for the answer to an upload that is begun', async () => {
    const controller = new AbortController();
    const { put, clock } = scene({ faults: [{ op: 'beginUpload', kind: 'silent' }] });
    const startedAt = clock.now();
    const putting = failureOf(put(BYTES, { ...PARTS_OF_100, signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await putting).toMatchObject({ kind: 'interrupted' });
    expect(clock.now() - startedAt).toBeLessThanOrEqual(2001);
  });

  test('sends no abort when it is interrupted while Complete is silent', async () => {
    const controller = new AbortController();
    const { put, store } = scene({
      faults: [{ op: 'completeUpload', kind: 'silent' }],
      emit: ({ type }) => void (type === 'transfer.completing' && setImmediate(() => controller.abort())),
    });
    const error = await failureOf(put(BYTES, { ...PARTS_OF_100, signal: controller.signal }));
    expect(error).toMatchObject({ kind: 'interrupted', upload: { state: 'left' } });
    expect(store.calls.count('abortUpload')).toBe(0);
    expect(store.calls.inFlight).toBe(0);
  });

  test('cuts parts of 8 MiB unless it is told otherwise', async () => {
    const { put, store } = scene();
    const bytes = new Uint8Array(8 * MIB + 1);
    await put(bytes, {});
    expect(store.objects.get('key')?.partSizes).toEqual([8 * MIB, 1]);
  });
});
