import { describe, expect, test } from 'vitest';
import { hasher } from '../../src/local/hash.ts';
import { multipartEtag, wholeSums } from '../../src/transfer/checksum.ts';
import type { Receipt, UploadHandle } from '../../src/transfer/ports.ts';
import { joined, patternBytes } from '../support/memory/bytes.ts';
import { sumOf } from '../support/memory/state.ts';
import type { Subject } from './store-contract.ts';
import { ABORTED, all, bodyOf, essence, fetch, FIVE_MIB, NEVER, PAGES, place, send } from './words.ts';

const FIRST = patternBytes(FIVE_MIB, 1);
const LAST = patternBytes(1234, 2);
const MISSING = { kind: 'not-found', recovery: 'never' };

/** Uploads of parts: begin, send, list, complete, abort. */
export function describeUploads(subject: Subject): void {
  const begin = (key: string): Promise<UploadHandle> =>
    subject.store.beginUpload({ bucket: subject.bucket, key }, { signal: NEVER });

  describe('uploads', () => {
    test('make one object of their parts, in whatever order those came', async () => {
      const { store } = subject;
      const upload = await begin('uploads/whole');
      // By it an object that is older than the upload is told from what Complete makes.
      expect(upload.begunAt).toBeInstanceOf(Date);
      const last = await send(store, upload, 2, LAST);
      const first = await send(store, upload, 1, FIRST);
      const answer = await store.completeUpload(upload, [first, last], {
        signal: NEVER,
        whole: wholeOf(FIRST, LAST),
      });
      const info = await store.stat(upload, { signal: NEVER });
      const bytes = joined([FIRST, LAST]);
      expect(info.size).toBe(bytes.byteLength);
      expect([undefined, info.etag]).toContain(answer.etag);
      expect(Buffer.from(bytes).equals(await fetch(store, upload, 0, bytes.byteLength))).toBe(true);
      expect([undefined, FIVE_MIB]).toContain(
        await store.partSize(upload, 1, { signal: NEVER, etag: info.etag }),
      );
      // What the engine expects of an ETag and of a checksum over the whole, where there are such.
      const expected = multipartEtag([first, last], hasher);
      if (expected !== undefined && info.etag?.endsWith('-2')) expect(info.etag).toBe(expected);
      if (info.stored?.type === 'full-object')
        expect(info.stored.sums.crc32).toBe(wholeOf(FIRST, LAST).crc32);
    });

    test('acknowledge a part with sums and an ETag that agree with its bytes', async () => {
      const upload = await begin('uploads/receipt');
      const totals: number[] = [];
      const part = { number: 3, start: 0, end: LAST.byteLength };
      const options = { signal: NEVER, onBytes: (total: number) => totals.push(total) };
      const receipt = await subject.store.uploadPart(upload, part, bodyOf(LAST), options);
      const { crc32, md5 } = sumOf(LAST, ['crc32', 'md5']);
      expect(receipt).toMatchObject({ number: 3, size: LAST.byteLength });
      expect([undefined, crc32]).toContain(receipt.sums.crc32);
      if (!receipt.opaqueEtag) expect(receipt.etag).toBe(md5);
      expect(totals.at(-1)).toBe(LAST.byteLength);
      await subject.store.abortUpload(upload, { signal: NEVER });
    });

    test('hand parts over only as a throttle lets them pass, in pieces of its size', async () => {
      const passed: number[] = [];
      const pass = (bytes: number): Promise<void> => Promise.resolve(void passed.push(bytes));
      const upload = await begin('uploads/throttled');
      const part = { number: 1, start: 0, end: LAST.byteLength };
      const throttle = { pieceBytes: 1_000, pass };
      await subject.store.uploadPart(upload, part, bodyOf(LAST), { signal: NEVER, throttle });
      expect(passed).toEqual([1_000, 234]);
      await subject.store.abortUpload(upload, { signal: NEVER });
    });

    test('keep the last of several parts of one number', async () => {
      const { store } = subject;
      const upload = await begin('uploads/again');
      const lost = await send(store, upload, 1, patternBytes(10, 8));
      const kept = await send(store, upload, 1, patternBytes(20, 9));
      expect((await all(store.listParts(upload, PAGES))).map(essence)).toEqual([essence(kept)]);
      expect(kept.etag).not.toBe(lost.etag);
      await store.completeUpload(upload, [kept], { signal: NEVER });
      expect(await fetch(store, upload, 0, 20)).toEqual(patternBytes(20, 9));
    });

    test('list their parts in order of number, as they were acknowledged', async () => {
      const { store } = subject;
      const upload = await begin('uploads/listed');
      const receipts: Receipt[] = [];
      for (const number of [12, 2, 7, 1, 10])
        receipts.push(await send(store, upload, number, patternBytes(number)));
      const listed = await all(store.listParts(upload, PAGES));
      expect(listed.map(essence)).toEqual(receipts.toSorted((a, b) => a.number - b.number).map(essence));
      expect(listed.every(({ lastModified }) => lastModified instanceof Date)).toBe(true);
      await store.abortUpload(upload, { signal: NEVER });
    });

    test('list no parts before one came', async () => {
      const upload = await begin('uploads/none');
      expect(await all(subject.store.listParts(upload, PAGES))).toEqual([]);
      await subject.store.abortUpload(upload, { signal: NEVER });
    });

    test('leave the object of their key alone until they are completed', async () => {
      const object = await place(subject, 'uploads/old', patternBytes(10));
      const upload = await begin('uploads/old');
      await send(subject.store, upload, 1, LAST);
      expect(await fetch(subject.store, object, 0, 10)).toEqual(patternBytes(10));
      await subject.store.abortUpload(upload, { signal: NEVER });
      expect(await fetch(subject.store, object, 0, 10)).toEqual(patternBytes(10));
    });

    test('are not completed with a part that is not theirs', async () => {
      const { store } = subject;
      const upload = await begin('uploads/wrong');
      const receipt = await send(store, upload, 1, LAST);
      const wrong = { ...receipt, etag: 'f'.repeat(32), sums: {} };
      await expect(store.completeUpload(upload, [wrong], { signal: NEVER })).rejects.toMatchObject({
        recovery: 'never',
      });
      await expect(store.stat(upload, { signal: NEVER })).rejects.toMatchObject(MISSING);
      await expect(store.completeUpload(upload, [receipt], { signal: NEVER })).resolves.toBeDefined();
    });

    test('are over once they are completed', async () => {
      const { store } = subject;
      const upload = await begin('uploads/over');
      const receipt = await send(store, upload, 1, LAST);
      await store.completeUpload(upload, [receipt], { signal: NEVER });
      await expect(send(store, upload, 1, LAST)).rejects.toMatchObject(MISSING);
      await expect(all(store.listParts(upload, PAGES))).rejects.toMatchObject(MISSING);
    });

    test('are gone once they are aborted, and aborting them again is no error', async () => {
      const { store } = subject;
      const upload = await begin('uploads/aborted');
      const receipt = await send(store, upload, 1, LAST);
      await expect(store.abortUpload(upload, { signal: NEVER })).resolves.toBe('aborted');
      expect(['aborted', 'gone']).toContain(await store.abortUpload(upload, { signal: NEVER }));
      await expect(send(store, upload, 1, LAST)).rejects.toMatchObject(MISSING);
      await expect(all(store.listParts(upload, PAGES))).rejects.toMatchObject(MISSING);
      // radosgw says 500 of an upload that is gone: its completion is under way.
      await expect(store.completeUpload(upload, [receipt], { signal: NEVER })).rejects.toMatchObject({
        kind: expect.stringMatching(/^(?:not-found|server)$/),
      });
      await expect(store.stat(upload, { signal: NEVER })).rejects.toMatchObject(MISSING);
    });

    test('are listed while they are unfinished, with their age, and not after', async () => {
      const { store, bucket } = subject;
      const upload = await begin('uploads/unfinished');
      const finished = await begin('uploads/unfinished');
      await store.completeUpload(finished, [await send(store, finished, 1, LAST)], { signal: NEVER });
      const listed = await all(store.listUploads(bucket, 'uploads/unfinished', PAGES));
      expect(listed).toMatchObject([{ bucket, key: upload.key, uploadId: upload.uploadId }]);
      expect(listed[0]?.initiated).toBeInstanceOf(Date);
      expect(listed[0]?.listedAt).toBeInstanceOf(Date);
      await store.abortUpload(upload, { signal: NEVER });
      expect(await all(store.listUploads(bucket, 'uploads/unfinished', PAGES))).toEqual([]);
    });

    test('are listed by any prefix of their keys, several of one key too', async () => {
      const { store, bucket } = subject;
      const uploads = [
        await begin('prefix/a'),
        await begin('prefix/a'),
        await begin('prefix/b'),
        await begin('other'),
      ];
      const keys = (await all(store.listUploads(bucket, 'prefix/', PAGES))).map(({ key }) => key);
      expect(keys.toSorted()).toEqual(['prefix/a', 'prefix/a', 'prefix/b']);
      for (const upload of uploads) await store.abortUpload(upload, { signal: NEVER });
    });

    test('are neither begun, sent, completed, aborted nor listed by an aborted signal', async () => {
      const { store, bucket } = subject;
      const upload = await begin('uploads/by-aborted');
      const receipt = await send(store, upload, 1, LAST);
      const part = { number: 2, start: 0, end: LAST.byteLength };
      const aborted = { signal: ABORTED, repeat: PAGES.repeat };
      const attempts = [
        store.beginUpload({ bucket, key: 'uploads/by-aborted' }, aborted),
        store.uploadPart(upload, part, bodyOf(LAST), aborted),
        store.completeUpload(upload, [receipt], aborted),
        store.abortUpload(upload, aborted),
        all(store.listParts(upload, aborted)),
        all(store.listUploads(bucket, '', aborted)),
      ];
      for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ kind: 'interrupted' });
      expect(await all(store.listUploads(bucket, 'uploads/by-aborted', PAGES))).toHaveLength(1);
      expect((await all(store.listParts(upload, PAGES))).map(essence)).toEqual([essence(receipt)]);
      await store.abortUpload(upload, { signal: NEVER });
    });
  });
}

function wholeOf(...pieces: Uint8Array[]): ReturnType<typeof wholeSums> {
  return wholeSums(pieces.map((bytes) => ({ size: bytes.byteLength, sums: sumOf(bytes, ['crc32']) })));
}
