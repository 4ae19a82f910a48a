import { describe, expect, test } from 'vitest';
import { download, type DownloadOptions } from '../../src/transfer/download.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { lengthsOf } from '../../src/transfer/plan.ts';
import type { Sink } from '../../src/transfer/ends.ts';
import type { StoredSums } from '../../src/transfer/ports.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { damaged, patternBytes } from '../support/memory/bytes.ts';
import {
  failureOf,
  memorySetting,
  type Setting,
  type SettingOptions,
  TARGET,
} from '../support/memory/engine.ts';
import { type MemorySink, memorySink } from '../support/memory/sink.ts';
import { sumOf } from '../support/memory/state.ts';

const BYTES = patternBytes(350);

type SceneOptions = SettingOptions & { readonly order?: Sink['order']; readonly fullAt?: number };
type Scene = Setting & { readonly sink: MemorySink; get(options?: DownloadOptions): Promise<TransferResult> };

/** A store with the object, and a sink to fetch it into. */
function scene(options: SceneOptions = {}, bytes = BYTES): Scene {
  const setting = memorySetting({ chunkSize: 30, ...options });
  setting.store.place('key', bytes);
  const { order = 'any', fullAt = Number.POSITIVE_INFINITY } = options;
  const sink = memorySink({ clock: setting.clock, order, fullAt });
  return { ...setting, sink, get: (how = { partSize: 100 }) => download(setting.engine, TARGET, sink, how) };
}

/** The object as if it had been uploaded in parts of these lengths, with what the server keeps of it. */
function asMultipart({ store }: Scene, parts: number | readonly number[], stored?: StoredSums): void {
  const object = store.objects.get('key');
  if (!object) throw new Error('no object');
  const lengths = typeof parts === 'number' ? lengthsOf(object.bytes.byteLength, parts) : parts;
  let at = 0;
  const md5s = lengths.map((length) => {
    const bytes = object.bytes.subarray(at, (at += length));
    return Buffer.from(sumOf(bytes, ['md5']).md5 ?? '', 'hex');
  });
  const etag = `${sumOf(Buffer.concat(md5s), ['md5']).md5}-${md5s.length}`;
  store.objects.set('key', { ...object, etag, stored, partSizes: lengths });
}

describe.each(['any', 'in-order'] as const)(
  'download into a sink that takes writes in order: %s',
  (order) => {
    test('fetches the bytes in parts and proves them', async () => {
      const { get, sink, events } = scene({ order });
      expect(await get()).toMatchObject({
        direction: 'get',
        from: 's3://box/key',
        to: 'target',
        bytes: 350,
        parts: 4,
        verified: { by: 'checksum', algorithm: 'crc32' },
      });
      expect(sink.bytes).toEqual(BYTES);
      expect(sink.state).toBe('committed');
      expect(events.at(-1)).toMatchObject({ type: 'transfer.done', bytes: 350 });
    });

    test('makes no read for an empty object, and proves it all the same', async () => {
      const { get, store, sink } = scene({ order }, new Uint8Array());
      expect(await get()).toMatchObject({ bytes: 0, verified: { by: 'checksum', value: '00000000' } });
      expect(store.calls.count('read')).toBe(0);
      expect(sink.state).toBe('committed');
    });

    test('fetches a part again that broke off, from its first byte', async () => {
      const { get, sink, store } = scene({
        order,
        faults: [{ op: 'read', part: 100, nth: 1, kind: 'network-again' }],
      });
      expect(await get()).toMatchObject({ retries: 1 });
      expect(sink.bytes).toEqual(BYTES);
      expect(store.calls.perSubject('read')).toEqual(
        new Map([
          [0, 1],
          [100, 2],
          [200, 1],
          [300, 1],
        ]),
      );
    });

    test.each(['short', 'long'] as const)(
      'does not take an answer that is too %s for the part',
      async (kind) => {
        const { get, sink } = scene({ order, faults: [{ op: 'read', part: 100, nth: 1, kind }] });
        expect(await get()).toMatchObject({ retries: 1 });
        expect(sink.bytes).toEqual(BYTES);
      },
    );

    test.each([
      ['a checksum', {}],
      ['an ETag', { echoes: false }],
    ])('discards bytes that do not agree with %s', async (_, habits) => {
      const { get, sink, said } = scene({
        order,
        ...habits,
        faults: [{ op: 'read', part: 100, kind: 'corrupt-stored' }],
      });
      expect(await failureOf(get())).toMatchObject({ kind: 'corrupt', recovery: 'never' });
      expect(sink.state).toBe('discarded');
      expect(said().at(-1)).toBe('transfer.stopped');
    });

    test('discards what it has when the object was replaced on the way', async () => {
      const replace = ({ type }: { type: string }): void => {
        if (type === 'part.done') setting.store.place('key', damaged(BYTES));
      };
      const setting = scene({ order, concurrency: 1, emit: replace });
      expect(await failureOf(setting.get())).toMatchObject({ kind: 'changed' });
      expect(setting.sink.state).toBe('discarded');
    });

    test('discards what it has when the disk is full', async () => {
      const { get, sink, store } = scene({ order, fullAt: 250 });
      expect(await failureOf(get())).toMatchObject({ kind: 'disk', code: 'ENOSPC' });
      expect(sink.state).toBe('discarded');
      expect(store.calls.inFlight).toBe(0);
      expect(sink.writing).toBe(0);
    });

    test('discards what it has when it is interrupted', async () => {
      const controller = new AbortController();
      const { get, sink, store } = scene({
        order,
        emit: ({ type }) => void (type === 'part.done' && controller.abort()),
      });
      const getting = get({ partSize: 100, signal: controller.signal });
      expect(await failureOf(getting)).toMatchObject({ kind: 'interrupted' });
      expect(sink.state).toBe('discarded');
      expect(store.calls.inFlight).toBe(0);
    });

    test('fails without a read when there is no object', async () => {
      const setting = scene({ order });
      setting.store.objects.clear();
      expect(await failureOf(setting.get())).toMatchObject({ kind: 'not-found' });
      expect(setting.store.calls.count('read')).toBe(0);
    });
  },
);

describe('what a download is proven by', () => {
  test.each([
    ['any', { by: 'etag', algorithm: 'md5' }],
    ['in-order', { by: 'etag', algorithm: 'md5' }],
  ] as const)('is the ETag of one request where no checksum is kept (%s)', async (order, verified) => {
    expect(await scene({ order, echoes: false }).get()).toMatchObject({ verified });
  });

  test.each(['any', 'in-order'] as const)(
    'is the ETag of parts whose size the store tells (%s)',
    async (order) => {
      const setting = scene({ order });
      asMultipart(setting, 120);
      expect(await setting.get()).toMatchObject({ verified: { by: 'etag', algorithm: 'md5' } });
    },
  );

  test.each(['any', 'in-order'] as const)(
    'is the checksum of checksums of those parts (%s)',
    async (order) => {
      const setting = scene({ order });
      const crcs = [BYTES.subarray(0, 200), BYTES.subarray(200)].map(
        (bytes) => sumOf(bytes, ['crc32']).crc32 ?? '',
      );
      const { crc32 = '' } = sumOf(Buffer.from(crcs.join(''), 'hex'), ['crc32']);
      asMultipart(setting, 200, { type: 'composite', sums: { crc32 } });
      expect(await setting.get()).toMatchObject({
        verified: { by: 'checksum', algorithm: 'crc32', value: crc32 },
      });
    },
  );

  test('is a sum of the whole that does not combine, by reading the bytes once more', async () => {
    const setting = scene();
    const { sha256 = '' } = sumOf(BYTES, ['sha256']);
    asMultipart(setting, 200, { type: 'full-object', sums: { sha256 } });
    expect(await setting.get()).toMatchObject({
      verified: { by: 'checksum', algorithm: 'sha256', value: sha256 },
    });
  });

  test('is missing when the ETag of parts of a known size differs: the bytes are corrupt', async () => {
    const setting = scene({ faults: [{ op: 'read', part: 200, kind: 'corrupt-stored' }] });
    asMultipart(setting, 120);
    expect(await failureOf(setting.get())).toMatchObject({ kind: 'corrupt' });
    expect(setting.sink.state).toBe('discarded');
  });

  test.each(['any', 'in-order'] as const)(
    'is not denied to an object that was put together from parts of any length (%s)',
    async (order) => {
      const setting = scene({ order });
      asMultipart(setting, [120, 30, BYTES.byteLength - 150]);
      // On stdout the bytes are gone by the time that the lengths are known.
      expect((await setting.get()).verified.by).toBe(order === 'any' ? 'etag' : 'size');
      expect(setting.store.calls.count('partSize')).toBe(1 + 3);
    },
  );

  test('is the MD5 that was noted down with the object, where nothing else is sure', async () => {
    const setting = scene({ faults: [{ op: 'partSize', kind: 'ignored' }] });
    asMultipart(setting, 120);
    const { md5 = '' } = sumOf(BYTES, ['md5']);
    const { store } = setting.engine;
    const stat: typeof store.stat = async (...args) => ({ ...(await store.stat(...args)), notedMd5: md5 });
    const engine = { ...setting.engine, store: { ...store, stat } };
    const result = await download(engine, TARGET, setting.sink, { partSize: 100 });
    expect(result.verified).toEqual({ by: 'checksum', algorithm: 'md5', value: md5 });
  });

  test('is needed where it is asked for: nothing is fetched of an object that offers none', async () => {
    const setting = scene({ echoes: false, etags: 'named' });
    const failure = await failureOf(setting.get({ requireChecksum: true }));
    expect(failure).toMatchObject({ kind: 'corrupt', message: expect.stringContaining('only its size') });
    expect(setting.store.calls.count('read')).toBe(0);
    expect(setting.sink.state).not.toBe('committed');
  });

  test('is nothing but the size when nobody wants to look', async () => {
    const setting = scene({ faults: [{ op: 'read', part: 100, kind: 'corrupt-stored' }] });
    expect(await setting.get({ verify: false })).toMatchObject({ verified: { by: 'size' } });
  });

  test('is the ETag of a part size that was guessed right', async () => {
    const mib = 1024 ** 2;
    const setting = scene(
      { chunkSize: mib, faults: [{ op: 'partSize', kind: 'ignored' }] },
      new Uint8Array(5 * mib + 1),
    );
    asMultipart(setting, 5 * mib);
    expect(await setting.get({})).toMatchObject({ verified: { by: 'etag' } });
  });

  test.each([
    ['the ETag is none of an MD5', { echoes: false, etags: 'named' }],
    ['the part size is not known', { faults: [{ op: 'partSize', kind: 'ignored' }] }],
  ] as const)('is the size alone when %s', async (_, options) => {
    const setting = scene(options);
    if ('faults' in options) asMultipart(setting, 120);
    expect(await setting.get()).toMatchObject({ verified: { by: 'size', value: null } });
  });
});

describe('a download in order', () => {
  test('fetches in smaller parts rather than one at a time where memory is short', async () => {
    const { get, pool, sink, store } = scene({ order: 'in-order', maxMemory: 120 });
    await get({ partSize: 300 });
    expect(sink.bytes).toEqual(BYTES);
    expect(store.calls.peakLanes).toBe(2);
    expect(pool.peakBytes).toBeLessThanOrEqual(120);
  });

  test('keeps no more parts in memory than it may', async () => {
    const { get, pool, sink } = scene({ order: 'in-order', maxMemory: 120, concurrency: 8 });
    await get();
    expect(sink.bytes).toEqual(BYTES);
    expect(pool.peakBytes).toBeLessThanOrEqual(120);
    expect(pool.liveBytes).toBe(0);
  });
});

describe('a download that fails before it begins', () => {
  test('asks nothing of the store by an aborted signal', async () => {
    const { get, store } = scene();
    const signal = AbortSignal.abort(new TransferError('interrupted', 'Ctrl-C'));
    expect(await failureOf(get({ signal }))).toMatchObject({ message: 'Ctrl-C' });
    expect(store.calls.log).toEqual([]);
  });
});
