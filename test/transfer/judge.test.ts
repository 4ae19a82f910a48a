import { describe, expect, test } from 'vitest';
import type { Expected } from '../../src/transfer/expected.ts';
import { compare, type Evidence, judge } from '../../src/transfer/judge.ts';
import type { ObjectInfo } from '../../src/transfer/ports.ts';

const expected: Expected = {
  size: 10,
  etag: 'a-2',
  whole: { crc32: '11111111' },
  composite: { crc32: '22222222' },
  parts: 'etag',
};
const object: ObjectInfo = { key: 'key', size: 10, etag: 'a-2' };

describe('comparing an object by its content', () => {
  test.each([
    ['the whole checksum', { stored: { type: 'full-object', sums: { crc32: '11111111' } } }, 'ours'],
    ['the checksum of checksums', { stored: { type: 'composite', sums: { crc32: '22222222' } } }, 'ours'],
    [
      'another checksum, whatever the ETag',
      { stored: { type: 'full-object', sums: { crc32: '22222222' } } },
      'other',
    ],
    ['another size', { size: 11 }, 'other'],
    [
      'a checksum that was not computed, so by its ETag',
      { stored: { type: 'full-object', sums: { sha1: 'x' } } },
      'ours',
    ],
    ['the ETag that its parts give', {}, 'ours'],
    ['another ETag', { etag: 'b' }, 'unknown'],
    ['no ETag', { etag: undefined }, 'unknown'],
  ] as const)('judges one with %s', (_, differing, type) => {
    expect(compare(expected, { ...object, ...differing }).type).toBe(type);
  });

  test('claims no more for the object than is known of its parts', () => {
    expect(compare({ ...expected, parts: 'size' }, object)).toMatchObject({
      type: 'ours',
      verified: { by: 'size' },
    });
    expect(compare(expected, { ...object, opaqueEtag: true })).toMatchObject({
      verified: { by: 'etag', algorithm: null },
    });
  });
});

const CREATED = new Date('2026-01-01T00:00:10Z');
const LATER = new Date('2026-01-01T00:00:12Z');
const EARLIER = new Date('2026-01-01T00:00:05Z');
const MD5 = '0123456789abcdef0123456789abcdef';
const yes = (): Promise<boolean> => Promise.resolve(true);
const no = (): Promise<boolean> => Promise.resolve(false);

/** The verdict on an object whose content cannot be compared. */
async function verdictOn(
  info: Partial<ObjectInfo>,
  evidence: Evidence,
  parts: Expected['parts'] = 'checksum',
): Promise<string> {
  const found = { key: 'key', size: 10, etag: 'own', lastModified: LATER, ...info };
  return (await judge({ ...expected, parts }, found, { begunAt: CREATED, ...evidence })).type;
}

describe('judging an object by an ETag of its server’s own', () => {
  const answer = { etag: 'own' };

  test('takes the one that Complete answered, if it was not there before and the object is new', async () => {
    expect(await verdictOn({}, { answer, before: 'nothing' })).toBe('ours');
    expect(await verdictOn({}, { answer, before: { ...object, etag: 'old' } })).toBe('ours');
  });

  test.each<readonly [string, Partial<ObjectInfo>, Evidence]>([
    ['that was there before', {}, { answer, before: { ...object, etag: 'own' } }],
    ['where nothing is known of before', {}, { answer }],
    ['of an object older than the upload', { lastModified: EARLIER }, { answer, before: 'nothing' }],
    ['of an object without a date', { lastModified: undefined }, { answer, before: 'nothing' }],
    ['after a Create without a date', {}, { answer, before: 'nothing', begunAt: undefined }],
    ['where Complete answered none', {}, { answer: {}, before: 'nothing' }],
    ['where the answer was lost', {}, { before: 'nothing' }],
  ])('does not take one %s', async (_, info, evidence) => {
    expect(await verdictOn(info, evidence)).toBe('unknown');
  });

  test('says that an object with another one is another object', async () => {
    expect(await verdictOn({}, { answer: { etag: 'a-2' }, before: 'nothing' })).toBe('other');
  });

  test('allows for headers that tell whole seconds', async () => {
    const lastModified = new Date(CREATED.getTime() - 1000);
    expect(await verdictOn({ lastModified }, { answer, before: 'nothing' })).toBe('ours');
  });
});

describe('judging an object by its version', () => {
  const before = { ...object, versionId: 'v1' };

  test('takes the one that Complete answered, if it was not there before', async () => {
    expect(await verdictOn({ versionId: 'v2' }, { answer: { versionId: 'v2' }, before })).toBe('ours');
  });

  test.each([
    ['that was there before', 'v1', { versionId: 'v1' }],
    ['that Complete did not answer', 'v3', { versionId: 'v2' }],
    ['that stands for no version', 'null', { versionId: 'null' }],
    ['with another ETag than Complete answered', 'v2', { versionId: 'v2', etag: 'else' }],
  ])('does not take one %s', async (_, versionId, answer) => {
    expect(await verdictOn({ versionId }, { answer, before })).not.toBe('ours');
  });
});

describe('judging an object by the MD5 of its bytes', () => {
  const info = { etag: MD5 };

  test('takes one with the bytes that were sent', async () => {
    expect(await verdictOn(info, { hasOurBytes: yes })).toBe('ours');
    expect(await verdictOn(info, { hasOurBytes: yes, answer: { etag: 'a-2' } })).toBe('ours');
  });

  test('does not take an older one of the same bytes', async () => {
    const old = { ...info, lastModified: EARLIER };
    expect(await verdictOn(old, { hasOurBytes: yes })).toBe('unknown');
    expect(await verdictOn(old, { hasOurBytes: yes, before: { ...object, etag: MD5 } })).toBe('unknown');
  });

  test('takes one that a server dates by the file, as rclone does', async () => {
    const headers = { metadata: new Map([['mtime', '1767225605.5']]) };
    expect(await verdictOn({ ...info, lastModified: EARLIER, headers }, { hasOurBytes: yes })).toBe('ours');
    const old = { ...info, lastModified: EARLIER };
    expect(await verdictOn(old, { hasOurBytes: yes, before: 'nothing' })).toBe('ours');
  });

  test('does not take one of other bytes, whatever Complete answered', async () => {
    const evidence = { hasOurBytes: no, answer: { etag: MD5 }, before: 'nothing' } as const;
    expect(await verdictOn(info, evidence, 'etag')).toBe('other');
    expect(await verdictOn(info, { ...evidence, answer: { etag: 'a-2' } })).toBe('other');
  });

  test('does not ask for it where the server encrypts with a key of its own', async () => {
    let isAsked = false;
    const hasOurBytes = (): Promise<boolean> => Promise.resolve((isAsked = true));
    expect(await verdictOn({ ...info, opaqueEtag: true }, { hasOurBytes })).toBe('unknown');
    expect(isAsked).toBe(false);
  });
});
