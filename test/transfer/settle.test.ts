import { describe, expect, test } from 'vitest';
import type { Expected } from '../../src/transfer/expected.ts';
import {
  OutcomeUnknownError,
  settleUpload,
  type SettleOptions,
  type Settled,
} from '../../src/transfer/settle.ts';
import { multipartEtag, wholeSums } from '../../src/transfer/checksum.ts';
import { hasher } from '../../src/local/hash.ts';
import type { Receipt, UploadHandle } from '../../src/transfer/ports.ts';
import { damaged, joined, patternBytes } from '../support/memory/bytes.ts';
import {
  failureOf,
  memorySetting,
  type Setting,
  type SettingOptions,
  TARGET,
} from '../support/memory/engine.ts';
import { sumOf } from '../support/memory/state.ts';

const NEVER = new AbortController().signal;
const PIECES = [patternBytes(40, 1), patternBytes(30, 2)];
const WHOLE = joined(PIECES);

type Scene = Setting & {
  readonly handle: UploadHandle;
  readonly expected: Expected;
  settle(signal?: AbortSignal, options?: Partial<SettleOptions>): Promise<Settled>;
};

/** An upload whose two parts have arrived. */
async function arrived(options: SettingOptions = {}): Promise<Scene> {
  const setting = memorySetting(options);
  const { engine, store } = setting;
  const handle = await store.beginUpload(TARGET, { signal: NEVER });
  const receipts: Receipt[] = [];
  const sent = PIECES.map((bytes) => ({ size: bytes.byteLength, sums: sumOf(bytes, ['crc32', 'md5']) }));
  for (const [index, bytes] of PIECES.entries()) {
    const part = { number: index + 1, start: 0, end: bytes.byteLength };
    const body = { size: bytes.byteLength, sums: sumOf(bytes, ['crc32', 'md5']), open: () => [bytes] };
    receipts.push(await store.uploadPart(handle, part, body, { signal: NEVER }));
  }
  const expected: Expected = {
    size: WHOLE.byteLength,
    etag: multipartEtag(receipts, hasher),
    whole: wholeSums(sent),
    composite: {},
    parts: 'checksum',
  };
  return {
    ...setting,
    handle,
    expected,
    settle: (signal = NEVER, more = {}) =>
      settleUpload(engine, handle, receipts, expected, signal, { isFullObject: true, ...more }),
  };
}

describe('settling an upload', () => {
  test('looks once at the object and says by what it is proven', async () => {
    const { settle, store, expected } = await arrived();
    expect(await settle()).toMatchObject({
      etag: expected.etag,
      verified: { by: 'checksum', algorithm: 'crc32', value: expected.whole.crc32 },
    });
    expect(store.calls.count('stat')).toBe(1);
  });

  test.each([
    ['lost', 'lost-reply'],
    ['a failure', 'lost-in-server'],
  ] as const)('finds by a look that a Complete worked whose answer was %s', async (_, kind) => {
    const { settle, store } = await arrived({ faults: [{ op: 'completeUpload', nth: 1, kind }] });
    expect(await settle()).toMatchObject({ verified: { by: 'checksum' } });
    expect(store.calls.count('completeUpload')).toBe(2);
    expect(store.objects.get('key')?.bytes).toEqual(WHOLE);
  });

  test('finds the same by the ETag where no checksum is kept', async () => {
    const { settle, expected } = await arrived({
      echoes: false,
      faults: [{ op: 'completeUpload', nth: 1, kind: 'lost-reply' }],
    });
    expect(await settle()).toMatchObject({ etag: expected.etag, verified: { by: 'etag' } });
  });

  test('takes the second Yes of a server that repeats it', async () => {
    const { settle } = await arrived({
      repeatsComplete: true,
      faults: [{ op: 'completeUpload', nth: 1, kind: 'lost-reply' }],
    });
    expect(await settle()).toMatchObject({ verified: { by: 'checksum' } });
  });

  test('does not take an older object of the same size for its own', async () => {
    const { settle, store, handle } = await arrived({
      faults: [{ op: 'completeUpload', nth: 1, kind: 'server' }],
    });
    store.place('key', damaged(WHOLE));
    store.uploads.delete(handle.uploadId);
    expect(await failureOf(settle())).toBeInstanceOf(OutcomeUnknownError);
  });

  test('accepts nothing by its size alone', async () => {
    const faults = [{ op: 'completeUpload', nth: 1, kind: 'lost-reply' }] as const;
    // The ETags of the parts are no MD5s, but the object's is still made of them; one of the server's own is not.
    const { settle } = await arrived({ echoes: false, etags: 'named', faults });
    const other = await arrived({ echoes: false, etags: 'named', objectEtags: 'own', faults });
    expect(await settle()).toMatchObject({ verified: { by: 'etag', algorithm: null } });
    expect(await failureOf(other.settle())).toBeInstanceOf(OutcomeUnknownError);
  });

  test('looks once when NoSuchUpload is the first answer: another process may have completed it', async () => {
    const { settle, store, handle } = await arrived();
    store.uploads.delete(handle.uploadId);
    store.place('key', damaged(WHOLE));
    const failure = await failureOf(settle());
    expect(failure).toMatchObject({ kind: 'not-found', code: 'NoSuchUpload' });
    expect(failure).not.toBeInstanceOf(OutcomeUnknownError);
    store.place('key', WHOLE);
    expect(await settle()).toMatchObject({ verified: { by: 'checksum' } });
    expect(store.calls.count('stat')).toBe(2);
  });

  test('fails as it was refused when after all there is no object', async () => {
    const { settle } = await arrived({ faults: [{ op: 'completeUpload', kind: 'server' }] });
    const failure = await failureOf(settle());
    expect(failure).toMatchObject({ kind: 'server', status: 500 });
    expect(failure).not.toBeInstanceOf(OutcomeUnknownError);
  });

  test('repeats Complete five times at most', async () => {
    const { settle, store } = await arrived({ faults: [{ op: 'completeUpload', kind: 'server' }] });
    await failureOf(settle());
    expect(store.calls.count('completeUpload')).toBe(5);
  });

  test('does not know the outcome when nobody may look', async () => {
    const { settle } = await arrived({
      faults: [
        { op: 'completeUpload', nth: 1, kind: 'lost-reply' },
        { op: 'stat', kind: 'denied' },
      ],
    });
    expect(await failureOf(settle())).toBeInstanceOf(OutcomeUnknownError);
  });

  test('says that it was interrupted when the outcome is unknown for that reason', async () => {
    const { settle } = await arrived({ faults: [{ op: 'completeUpload', kind: 'silent' }] });
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const failure = await failureOf(settle(controller.signal));
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({ kind: 'interrupted' });
  });

  test('believes the answer where keys may write but not look', async () => {
    const { settle, expected } = await arrived({ faults: [{ op: 'stat', kind: 'denied' }] });
    expect(await settle()).toMatchObject({ verified: { by: 'etag', value: expected.etag } });
  });

  test('claims only the size where neither a look nor the answer proves more', async () => {
    const { settle } = await arrived({
      answers: 'nothing',
      faults: [{ op: 'stat', kind: 'denied' }],
    });
    expect(await settle()).toMatchObject({ etag: null, verified: { by: 'size' } });
  });

  test('fails when another object is there after Complete said yes', async () => {
    const { settle } = await arrived({ faults: [{ op: 'completeUpload', kind: 'corrupt-stored' }] });
    expect(await failureOf(settle())).toMatchObject({ kind: 'corrupt', recovery: 'never' });
  });

  test('is content with an answer without an ETag when the object agrees', async () => {
    const { settle, expected } = await arrived({ answers: 'nothing' });
    expect(await settle()).toMatchObject({ etag: expected.etag, verified: { by: 'checksum' } });
  });
});
