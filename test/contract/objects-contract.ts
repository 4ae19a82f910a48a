import { describe, expect, test } from 'vitest';
import { patternBytes } from '../support/memory/bytes.ts';
import { sumOf } from '../support/memory/state.ts';
import type { Subject } from './store-contract.ts';
import { ABORTED, bodyOf, fetch, NEVER, place } from './words.ts';

const BYTES = patternBytes(100_000);
const SUMS = sumOf(BYTES, ['crc32', 'md5']);

/** Objects of one request: put, stat, read. */
export function describeObjects(subject: Subject): void {
  describe('objects', () => {
    test('have the name s3://bucket/key', () => {
      expect(subject.store.describe({ bucket: 'b', key: 'a/c d' })).toBe('s3://b/a/c d');
    });

    test('come back as they were put', async () => {
      const object = await place(subject, 'objects/same', BYTES);
      const info = await subject.store.stat(object, { signal: NEVER });
      expect(info).toMatchObject({ key: 'objects/same', size: BYTES.byteLength });
      expect(info.lastModified).toBeInstanceOf(Date);
      expect(Buffer.from(BYTES).equals(await fetch(subject.store, object, 0, BYTES.byteLength))).toBe(true);
    });

    test('are acknowledged with sums and an ETag that agree with the bytes', async () => {
      const object = { bucket: subject.bucket, key: 'objects/receipt' };
      const receipt = await subject.store.put(object, bodyOf(BYTES), { signal: NEVER });
      const info = await subject.store.stat(object, { signal: NEVER });
      expect(receipt.size).toBe(BYTES.byteLength);
      expect(receipt.etag).toBe(info.etag);
      expect(receipt.etag).not.toMatch(/"/);
      expect([undefined, SUMS.crc32]).toContain(receipt.sums.crc32);
      expect([undefined, SUMS.crc32]).toContain(info.stored?.sums.crc32);
      if (!info.opaqueEtag) expect(info.etag).toBe(SUMS.md5);
    });

    test('may be empty', async () => {
      const object = await place(subject, 'objects/empty', new Uint8Array());
      await expect(subject.store.stat(object, { signal: NEVER })).resolves.toMatchObject({ size: 0 });
    });

    test.each([
      'objects/with space+plus',
      'objects/é 日本 😀',
      'objects/a&b<c>"d\'',
      'objects/100%25 #?=;',
      'objects/(x)!*~',
    ])('may be called %s', async (key) => {
      const object = await place(subject, key, patternBytes(10));
      await expect(subject.store.stat(object, { signal: NEVER })).resolves.toMatchObject({ key, size: 10 });
      expect(await fetch(subject.store, object, 0, 10)).toEqual(patternBytes(10));
    });

    test('are replaced whole by the next put', async () => {
      const object = await place(subject, 'objects/replaced', BYTES);
      await place(subject, 'objects/replaced', patternBytes(7, 2));
      expect(await fetch(subject.store, object, 0, 7)).toEqual(patternBytes(7, 2));
    });

    test('are metered while they are sent, up to their size', async () => {
      const totals: number[] = [];
      const object = { bucket: subject.bucket, key: 'objects/metered' };
      await subject.store.put(object, bodyOf(BYTES), {
        signal: NEVER,
        onBytes: (total) => totals.push(total),
      });
      expect(totals.at(-1)).toBe(BYTES.byteLength);
      expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    });

    test('are handed over only as a throttle lets them pass, in pieces of its size', async () => {
      const passed: number[] = [];
      const pass = (bytes: number): Promise<void> => Promise.resolve(void passed.push(bytes));
      const object = { bucket: subject.bucket, key: 'objects/throttled' };
      await subject.store.put(object, bodyOf(BYTES), {
        signal: NEVER,
        throttle: { pieceBytes: 30_000, pass },
      });
      expect(passed).toEqual([30_000, 30_000, 30_000, 10_000]);
      expect(Buffer.from(BYTES).equals(await fetch(subject.store, object, 0, BYTES.byteLength))).toBe(true);
    });

    test.each([0, 1, 65_536])(
      'of %i bytes are read whole, with what a look would say of them',
      async (size) => {
        const bytes = patternBytes(size);
        const object = await place(subject, `objects/whole-${size}`, bytes);
        const whole = await subject.store.readWhole(object, { signal: NEVER, maxBytes: 65_536 });
        expect(Buffer.from(bytes).equals(whole?.bytes ?? new Uint8Array(1))).toBe(true);
        const { key, etag, stored } = await subject.store.stat(object, { signal: NEVER });
        expect(whole?.info).toMatchObject({ key, size, etag, ...(stored && { stored }) });
      },
    );

    test('are not read whole when they are larger than is wanted, or not there', async () => {
      const object = await place(subject, 'objects/too-large', patternBytes(65_537));
      expect(await subject.store.readWhole(object, { signal: NEVER, maxBytes: 65_536 })).toBeUndefined();
      const none = { bucket: subject.bucket, key: 'objects/none' };
      const missing = { kind: 'not-found', recovery: 'never' };
      await expect(subject.store.readWhole(none, { signal: NEVER, maxBytes: 1 })).rejects.toMatchObject(
        missing,
      );
      await expect(subject.store.readWhole(object, { signal: ABORTED, maxBytes: 1 })).rejects.toMatchObject({
        kind: 'interrupted',
      });
    });

    test.each([
      ['the first byte', 0, 1],
      ['some in the middle', 4321, 65_432],
      ['the last byte', 99_999, 100_000],
    ])('are read by half-open ranges: %s', async (_, start, end) => {
      const object = await place(subject, 'objects/ranges', BYTES);
      expect(
        Buffer.from(BYTES.slice(start, end)).equals(await fetch(subject.store, object, start, end)),
      ).toBe(true);
    });

    test('are read as no other version than the one that was asked for', async () => {
      const object = await place(subject, 'objects/pinned', patternBytes(10, 1));
      const { etag } = await subject.store.stat(object, { signal: NEVER });
      await place(subject, 'objects/pinned', patternBytes(10, 2));
      const chunks = subject.store.read(object, { start: 0, end: 10 }, { signal: NEVER, etag });
      await expect(chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        kind: 'changed',
        recovery: 'never',
      });
    });

    test('are read whatever version they are when none is asked for', async () => {
      const object = await place(subject, 'objects/unpinned', patternBytes(10));
      const chunks: number[] = [];
      const options = { signal: NEVER, etag: undefined };
      for await (const chunk of subject.store.read(object, { start: 0, end: 10 }, options))
        chunks.push(...chunk);
      expect(chunks).toEqual([...patternBytes(10)]);
    });

    test('are no longer the same when they end before the range', async () => {
      const object = await place(subject, 'objects/short', patternBytes(10));
      const { etag } = await subject.store.stat(object, { signal: NEVER });
      const chunks = subject.store.read(object, { start: 20, end: 30 }, { signal: NEVER, etag });
      await expect(chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'changed' });
    });

    test('can be read again after a reader left early', async () => {
      const object = await place(subject, 'objects/early', BYTES);
      const { etag } = await subject.store.stat(object, { signal: NEVER });
      for await (const chunk of subject.store.read(
        object,
        { start: 0, end: 100_000 },
        { signal: NEVER, etag },
      )) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      expect(await fetch(subject.store, object, 0, 10)).toEqual(BYTES.slice(0, 10));
    });

    test('that are not there are not found, and asking again does not help', async () => {
      const object = { bucket: subject.bucket, key: 'objects/none' };
      const missing = { kind: 'not-found', recovery: 'never' };
      await expect(subject.store.stat(object, { signal: NEVER })).rejects.toMatchObject(missing);
      const chunks = subject.store.read(object, { start: 0, end: 1 }, { signal: NEVER, etag: 'x' });
      await expect(chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
    });

    test('cannot be put into a bucket that is not there', async () => {
      const object = { bucket: `${subject.bucket}-that-is-not-there`, key: 'objects/none' };
      const putting = subject.store.put(object, bodyOf(BYTES), { signal: NEVER });
      await expect(putting).rejects.toMatchObject({ kind: 'not-found', recovery: 'never' });
    });

    test('are neither stored nor asked for by an aborted signal', async () => {
      const object = { bucket: subject.bucket, key: 'objects/aborted' };
      const interrupted = { kind: 'interrupted' };
      await expect(subject.store.put(object, bodyOf(BYTES), { signal: ABORTED })).rejects.toMatchObject(
        interrupted,
      );
      await expect(subject.store.stat(object, { signal: ABORTED })).rejects.toMatchObject(interrupted);
      const chunks = subject.store.read(object, { start: 0, end: 1 }, { signal: ABORTED, etag: 'x' });
      await expect(chunks[Symbol.asyncIterator]().next()).rejects.toMatchObject(interrupted);
      await expect(subject.store.stat(object, { signal: NEVER })).rejects.toMatchObject({
        kind: 'not-found',
      });
    });

    test('stop coming when the signal is aborted half way', async () => {
      const large = patternBytes(4 * 1024 ** 2);
      const object = await place(subject, 'objects/half', large);
      const { etag } = await subject.store.stat(object, { signal: NEVER });
      const controller = new AbortController();
      let seen = 0;
      const reading = (async () => {
        const options = { signal: controller.signal, etag };
        for await (const chunk of subject.store.read(object, { start: 0, end: large.byteLength }, options)) {
          seen += chunk.byteLength;
          controller.abort();
        }
      })();
      await expect(reading).rejects.toMatchObject({ kind: 'interrupted' });
      expect(seen).toBeLessThan(large.byteLength);
    });
  });
}
