import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import {
  checkClocks,
  haveOwnTimes,
  inspectUpload,
  type InspectedUpload,
  judge,
} from '../../src/transfer/unfinished.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { VIRTUAL_START } from '../support/memory/clock.ts';
import { memorySetting, type Setting, type SettingOptions, TARGET } from '../support/memory/engine.ts';
import { sumOf } from '../support/memory/state.ts';

const NEVER = new AbortController().signal;
const HOUR = 3_600_000;
const NOW = VIRTUAL_START;
const ago = (ms: number): Date => new Date(NOW - ms);
const UPLOAD = { ...TARGET, uploadId: 'upload-1', initiated: ago(50 * HOUR), listedAt: new Date(NOW) };

/** A store with one upload whose parts were last touched at the given times. */
function withParts(times: readonly (Date | undefined)[], options: SettingOptions = {}): Setting {
  const setting = memorySetting(options);
  const bytes = patternBytes(10);
  const parts = times.map((lastModified, index) => {
    const sums = sumOf(bytes, ['crc32', 'md5']);
    return [
      index + 1,
      {
        number: index + 1,
        bytes,
        etag: sums.md5 ?? '',
        sums,
        lastModified: lastModified ?? new Date(Number.NaN),
      },
    ] as const;
  });
  setting.store.uploads.set(UPLOAD.uploadId, { ...UPLOAD, parts: new Map(parts) });
  return setting;
}

describe('inspectUpload', () => {
  test('counts parts and bytes and takes the newest time for the last activity', async () => {
    const { engine } = withParts([ago(3 * HOUR), ago(HOUR), ago(2 * HOUR)]);
    expect(await inspectUpload(engine, UPLOAD, NEVER)).toMatchObject({
      parts: 3,
      bytes: 30,
      lastActivity: ago(HOUR),
    });
  });

  test('takes the beginning for the last activity of an upload without parts', async () => {
    expect(await inspectUpload(withParts([]).engine, UPLOAD, NEVER)).toMatchObject({
      parts: 0,
      lastActivity: UPLOAD.initiated,
    });
  });

  test.each([
    ['before there was S3', new Date(0)],
    ['more than a day in the future', new Date(NOW + 25 * HOUR)],
  ])('does not believe that an upload began %s', async (_, initiated) => {
    const seen = await inspectUpload(withParts([]).engine, { ...UPLOAD, initiated }, NEVER);
    expect(seen).toMatchObject({ lastActivity: undefined });
  });

  test.each([
    ['before there was S3', new Date(0)],
    ['more than a day in the future', new Date(NOW + 25 * HOUR)],
    ['at no time at all', undefined],
  ])('knows no last activity when a part was stored %s', async (_, lastModified) => {
    const { engine } = withParts([ago(40 * HOUR), lastModified]);
    expect(await inspectUpload(engine, UPLOAD, NEVER)).toMatchObject({ parts: 2, lastActivity: undefined });
  });

  test('is undefined for an upload that went away meanwhile', async () => {
    expect(await inspectUpload(memorySetting().engine, UPLOAD, NEVER)).toBeUndefined();
  });

  test('knows nothing when the parts cannot be listed', async () => {
    const { engine } = withParts([ago(HOUR)], { faults: [{ op: 'listParts', kind: 'denied' }] });
    expect(await inspectUpload(engine, UPLOAD, NEVER)).toMatchObject({
      parts: null,
      bytes: null,
      lastActivity: undefined,
    });
  });

  test('repeats a page that failed, and only that page', async () => {
    const { engine, store } = withParts([ago(3 * HOUR), ago(HOUR), ago(HOUR)], {
      pageSize: 1,
      faults: [{ op: 'listParts', nth: 2, kind: 'server' }],
    });
    expect(await inspectUpload(engine, UPLOAD, NEVER)).toMatchObject({ parts: 3 });
    expect(store.calls.count('listParts')).toBe(4);
  });

  test('passes an interruption on instead of knowing nothing', async () => {
    const inspecting = inspectUpload(withParts([]).engine, UPLOAD, AbortSignal.abort());
    await expect(inspecting).rejects.toMatchObject({ kind: 'interrupted' });
  });
});

describe('judge', () => {
  const inspected = (
    lastActivity: Date | undefined,
    listedAt: Date | undefined = new Date(NOW),
  ): InspectedUpload => ({
    ...UPLOAD,
    listedAt,
    parts: 1,
    bytes: 10,
    lastActivity,
  });

  test.each([
    ['older by both clocks', ago(25 * HOUR), NOW, NOW, 'stale'],
    ['exactly as old as the limit', ago(24 * HOUR), NOW, NOW, 'young'],
    ['younger by both clocks', ago(HOUR), NOW, NOW, 'young'],
    ['younger by the server’s clock alone', ago(25 * HOUR), NOW - 2 * HOUR, NOW, 'young'],
    ['younger by the local clock alone', ago(25 * HOUR), NOW, NOW - 2 * HOUR, 'young'],
    ['active in what is the future', new Date(NOW + HOUR), NOW, NOW, 'young'],
  ])('calls an upload %s: %#', (_, lastActivity, server, local, verdict) => {
    expect(judge(inspected(lastActivity, new Date(server)), 24 * HOUR, local)).toEqual({ verdict });
  });

  test('does not know the age of an upload without activity, or of a server without a clock', () => {
    expect(judge(inspected(undefined), HOUR, NOW)).toEqual({ verdict: 'unknown' });
    expect(judge({ ...inspected(ago(25 * HOUR)), listedAt: undefined }, HOUR, NOW)).toEqual({
      verdict: 'unknown',
    });
  });
});

describe('checkClocks', () => {
  test('measures by how much the clocks differ', () => {
    expect(checkClocks(new Date(NOW - 7 * 60_000), NOW)).toEqual({ skewMs: 7 * 60_000 });
    expect(checkClocks(new Date(NOW + 24 * HOUR), NOW)).toEqual({ skewMs: -24 * HOUR });
  });

  test.each([
    ['tells no time', undefined],
    ['is more than a day ahead', new Date(NOW + 24 * HOUR + 1)],
    ['is more than a day behind', new Date(NOW - 24 * HOUR - 1)],
  ])('refuses to judge anything when the server %s', (_, listedAt) => {
    expect(() => checkClocks(listedAt, NOW)).toThrow(TransferError);
  });
});

describe('haveOwnTimes', () => {
  test('is false when several uploads began in one and the same instant', () => {
    expect(haveOwnTimes([UPLOAD, { ...UPLOAD, uploadId: 'upload-2' }])).toBe(false);
    expect(haveOwnTimes([UPLOAD, { ...UPLOAD, initiated: ago(1) }])).toBe(true);
    expect(haveOwnTimes([UPLOAD])).toBe(true);
  });
});
