import { describe, expect, test } from 'vitest';
import { discardUpload } from '../../src/transfer/discard.ts';
import { TransferError, UnprovenError } from '../../src/transfer/errors.ts';
import { startTransfer } from '../../src/transfer/move-parts.ts';
import type { UploadHandle } from '../../src/transfer/ports.ts';
import { OutcomeUnknownError } from '../../src/transfer/settle.ts';
import { tidyUp, UploadStoppedError } from '../../src/transfer/tidy-up.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import {
  failureOf,
  memorySetting,
  type Setting,
  type SettingOptions,
  TARGET,
} from '../support/memory/engine.ts';
import { sumOf } from '../support/memory/state.ts';

const NEVER = new AbortController().signal;
const CAUSE = new TransferError('denied', 'may not', { status: 403, requestId: 'r1', hint: 'ask' });

type Scene = Setting & {
  readonly handle: UploadHandle;
  tidy(cause: unknown, signal?: AbortSignal): Promise<unknown>;
};

/** An upload with one part. */
async function begun(options: SettingOptions = {}): Promise<Scene> {
  const setting = memorySetting(options);
  const { engine, store } = setting;
  const handle = await store.beginUpload(TARGET, { signal: NEVER });
  const bytes = patternBytes(10);
  const body = { size: 10, sums: sumOf(bytes, ['crc32']), open: () => [bytes] };
  await store.uploadPart(handle, { number: 1, start: 0, end: 10 }, body, { signal: NEVER });
  return {
    ...setting,
    handle,
    tidy: async (cause, signal = NEVER) =>
      (await tidyUp(engine, startTransfer(engine.run, 'put', signal), handle, cause, undefined)).error,
  };
}

describe('tidying up', () => {
  test('aborts the upload and returns the first cause with what became of it', async () => {
    const { tidy, store, handle, said } = await begun();
    const error = await tidy(CAUSE);
    expect(error).toBeInstanceOf(UploadStoppedError);
    expect(error).toMatchObject({
      kind: 'denied',
      message: 'may not',
      status: 403,
      requestId: 'r1',
      hint: 'ask',
      cause: CAUSE,
      upload: { ...handle, state: 'aborted' },
    });
    expect(store.uploads.size).toBe(0);
    expect(said()).toEqual(['upload.over']);
  });

  test.each(['denied', 'server', 'network-away', 'silent', 'ignored'] as const)(
    'says that the upload is left when its abort ends in: %s',
    async (kind) => {
      const { tidy, store, said, clock } = await begun({ faults: [{ op: 'abortUpload', kind }] });
      const startedAt = clock.now();
      expect(await tidy(CAUSE)).toMatchObject({ kind: 'denied', upload: { state: 'left' } });
      expect(store.uploads.size).toBe(1);
      expect(said()).not.toContain('upload.over');
      expect(store.calls.inFlight).toBe(0);
      expect(clock.now() - startedAt).toBeLessThanOrEqual(30_000);
    },
  );

  test('takes less of the time that is left after an interruption', async () => {
    const { tidy, clock } = await begun({ faults: [{ op: 'abortUpload', kind: 'silent' }] });
    const startedAt = clock.now();
    await tidy(CAUSE, AbortSignal.abort(CAUSE));
    expect(clock.now() - startedAt).toBe(2500);
  });

  test('sends no abort while the outcome of Complete is unknown', async () => {
    const { tidy, store } = await begun();
    expect(await tidy(new OutcomeUnknownError('server', 'could not confirm'))).toMatchObject({
      upload: { state: 'left' },
    });
    expect(store.calls.count('abortUpload')).toBe(0);
    expect(store.uploads.size).toBe(1);
  });

  test('says that an upload is gone that the server no longer has', async () => {
    const { tidy, store, said } = await begun();
    store.uploads.clear();
    expect(await tidy(new OutcomeUnknownError('server', 'could not confirm'))).toMatchObject({
      upload: { state: 'gone' },
    });
    expect(store.calls.count('listParts')).toBe(1);
    expect(said()).toEqual(['upload.over']);
  });

  test('names an upload that is still there after Complete said yes and another object was seen', async () => {
    const { tidy } = await begun();
    const other = new UnprovenError('corrupt', 'not what was sent');
    expect(await tidy(other)).toMatchObject({ kind: 'corrupt', upload: { state: 'left' } });
    const { tidy: tidyGone, store } = await begun();
    store.uploads.clear();
    expect(await tidyGone(other)).toBe(other);
  });

  test('aborts after a fault of the program, too, and passes that on as it is', async () => {
    const { tidy, store } = await begun();
    const bug = new RangeError('bug');
    expect(await tidy(bug)).toBe(bug);
    expect(store.uploads.size).toBe(0);
  });
});

describe('discarding an upload', () => {
  test('looks until it is gone: parts in flight may land after the abort', async () => {
    const { engine, handle, store } = await begun({
      faults: [
        { op: 'abortUpload', nth: 1, kind: 'ignored' },
        { op: 'abortUpload', nth: 2, kind: 'ignored' },
      ],
    });
    await expect(discardUpload(engine, handle, NEVER)).resolves.toBe('aborted');
    expect(store.uploads.size).toBe(0);
    expect(store.calls.count('listParts')).toBe(3);
  });

  test('gives up after three looks', async () => {
    const { engine, handle, store } = await begun({ faults: [{ op: 'abortUpload', kind: 'ignored' }] });
    expect(await failureOf(discardUpload(engine, handle, NEVER))).toMatchObject({
      kind: 'server',
      recovery: 'never',
    });
    expect(store.calls.count('abortUpload')).toBe(3);
  });

  test('counts an upload that is gone as done, without a look', async () => {
    const { engine, handle, store } = await begun();
    store.uploads.clear();
    await expect(discardUpload(engine, handle, NEVER)).resolves.toBe('gone');
    expect(store.calls.count('listParts')).toBe(0);
  });

  test('believes the abort where the server refuses to list parts', async () => {
    const { engine, handle } = await begun({ faults: [{ op: 'listParts', kind: 'unsupported' }] });
    await expect(discardUpload(engine, handle, NEVER)).resolves.toBe('aborted');
  });

  test.each(['network-away', 'server'] as const)('aborts again when the look ended in: %s', async (kind) => {
    const { engine, handle, store } = await begun({ faults: [{ op: 'listParts', nth: 1, kind }] });
    await expect(discardUpload(engine, handle, NEVER)).resolves.toBe('aborted');
    expect(store.calls.count('abortUpload')).toBe(2);
  });

  test('repeats an abort that failed three times at most', async () => {
    const { engine, handle, store } = await begun({ faults: [{ op: 'abortUpload', kind: 'server' }] });
    expect(await failureOf(discardUpload(engine, handle, NEVER))).toMatchObject({ kind: 'server' });
    expect(store.calls.count('abortUpload')).toBe(3);
  });
});
