import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import type { Store } from '../../src/transfer/ports.ts';
import { answering, errorDocument, object, signal, storeAnswering, inBothWays } from './answering.ts';

const upload = { ...object, uploadId: 'u' };
const receipt = { number: 1, size: 1, etag: 'e'.repeat(32), sums: {} };
const complete = (store: Store): Promise<unknown> => store.completeUpload(upload, [receipt], { signal });
const body = { size: 3, sums: { crc32: '352441c2' }, open: () => [new TextEncoder().encode('abc')] };

inBothWays(() => {
  describe('Complete with status 200', () => {
    it.each([
      [
        'an error document',
        errorDocument('InternalError'),
        { kind: 'server', recovery: 'again', code: 'InternalError' },
      ],
      ['an error document and a newline', `${errorDocument('InternalError')}\n`, { recovery: 'again' }],
      [
        'an error document after white space',
        `   \n\n${errorDocument('InternalError')}`,
        { recovery: 'again' },
      ],
      ['a refusal inside', errorDocument('AccessDenied'), { kind: 'denied', recovery: 'never' }],
      ['a web page', '<html><body>Welcome to our wifi</body></html>', { kind: 'server' }],
      ['nothing', '', { kind: 'server', recovery: 'again' }],
      [
        'half a document',
        '<?xml version="1.0"?><CompleteMultipartUploadResult><Bucket>b</Bucket>',
        { kind: 'server', recovery: 'again' },
      ],
      ['another document', '<ListBucketResult></ListBucketResult>', { kind: 'server', recovery: 'again' }],
    ])('and %s is no success', async (_, document, expected) => {
      await expect(complete(await answering(200, document))).rejects.toMatchObject({
        name: 'TransferError',
        ...expected,
      });
    });
    it('and its result element is one, with and without an ETag', async () => {
      const result = (etag: string): string =>
        `<?xml version="1.0"?>\n<CompleteMultipartUploadResult xmlns="x"><Key>k</Key>${etag}</CompleteMultipartUploadResult>`;
      await expect(
        complete(await answering(200, result('<ETag>&quot;abc-1&quot;</ETag>'))),
      ).resolves.toMatchObject({ etag: 'abc-1' });
      await expect(complete(await answering(200, result('')))).resolves.toMatchObject({ etag: undefined });
    });
  });

  describe('a part', () => {
    const send = (store: Store): Promise<unknown> =>
      store.uploadPart(upload, { number: 1, start: 0, end: 3 }, body, { signal });
    it('that a throttle holds back for longer than silence may last is not given up', async () => {
      const store = await storeAnswering((_, response) => response.writeHead(200, { etag: '"x"' }).end());
      const pass = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 700));
      const sent = store.uploadPart(upload, { number: 1, start: 0, end: 3 }, body, {
        signal,
        throttle: { pieceBytes: 1, pass },
      });
      await expect(sent).resolves.toMatchObject({ etag: 'x' });
    });
    it('ends at once when it is interrupted while a throttle holds it back', async () => {
      const store = await storeAnswering((_, response) => response.writeHead(200, { etag: '"x"' }).end());
      const controller = new AbortController();
      const pass = (): Promise<void> => {
        controller.abort();
        return Promise.reject(new TransferError('interrupted', 'Ctrl-C'));
      };
      const sent = store.uploadPart(upload, { number: 1, start: 0, end: 3 }, body, {
        signal: controller.signal,
        throttle: { pieceBytes: 1, pass },
      });
      await expect(sent).rejects.toMatchObject({ kind: 'interrupted' });
    });
    it('without an ETag in its answer was not stored', async () => {
      await expect(send(await answering(200, ''))).rejects.toMatchObject({
        kind: 'server',
        recovery: 'again',
      });
    });
    it('answered with an error document under 200 was not stored', async () => {
      await expect(
        send(await answering(200, errorDocument('InternalError'), { etag: '"x"' })),
      ).rejects.toMatchObject({ code: 'InternalError' });
    });
    it.each([
      [503, 'SlowDown', { kind: 'throttled', recovery: 'wait' }],
      [500, 'InternalError', { kind: 'server', recovery: 'again' }],
      [400, 'BadDigest', { kind: 'corrupt', recovery: 'again' }],
      [400, 'XAmzContentSHA256Mismatch', { kind: 'corrupt', recovery: 'again' }],
      [400, 'RequestTimeout', { kind: 'network', recovery: 'again' }],
      [403, 'AccessDenied', { kind: 'denied', recovery: 'never' }],
      [404, 'NoSuchUpload', { kind: 'not-found', recovery: 'never' }],
      [404, 'XAdminUserNotFound', { kind: 'denied' }],
      [501, 'NotImplemented', { kind: 'unsupported', recovery: 'never' }],
      [412, 'PreconditionFailed', { kind: 'precondition' }],
    ])('refused with %i %s is classified, with code and request id', async (status, code, expected) => {
      await expect(send(await answering(status, errorDocument(code)))).rejects.toMatchObject({
        ...expected,
        code,
        requestId: 'R1',
      });
    });
    it('is put off for as long as Retry-After says', async () => {
      await expect(
        send(await answering(503, errorDocument('SlowDown'), { 'retry-after': '2' })),
      ).rejects.toMatchObject({ retryAfterMs: 2000 });
      const headers = {
        date: 'Mon, 23 Nov 2026 10:00:00 GMT',
        'retry-after': 'Mon, 23 Nov 2026 10:00:07 GMT',
      };
      await expect(send(await answering(503, errorDocument('SlowDown'), headers))).rejects.toMatchObject({
        retryAfterMs: 7000,
      });
    });
    it('sends its checksum in a plain body with Content-Length', async () => {
      let seen: IncomingMessage['headers'] = {};
      const store = await storeAnswering((request, response) => {
        seen = request.headers;
        response.writeHead(200, { etag: '"900150983cd24fb0d6963f7d28e17f72"' }).end();
      });
      await send(store);
      expect(seen).toMatchObject({
        'content-length': '3',
        'x-amz-checksum-crc32': 'NSRBwg==',
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      });
      expect(seen).not.toHaveProperty('transfer-encoding');
      expect(seen).not.toHaveProperty('x-amz-trailer');
      expect(seen).not.toHaveProperty('expect');
    });
  });

  describe('an endpoint that refuses checksum headers', () => {
    it('is stepped down to Content-MD5 and then to nothing, each said once', async () => {
      const notices: string[] = [];
      const store = await storeAnswering((request, response) => {
        const refused = request.headers['x-amz-checksum-crc32'] ?? request.headers['content-md5'];
        if (refused)
          response
            .writeHead(501)
            .end(
              '<Error><Code>NotImplemented</Code><Message>Header x-amz-checksum-crc32 or content-md5 not implemented</Message></Error>',
            );
        else response.writeHead(200, { etag: '"x"' }).end();
      }, notices);
      const md5Body = { ...body, sums: { ...body.sums, md5: '900150983cd24fb0d6963f7d28e17f72' } };
      expect(store.wantedSums).toEqual(['crc32']);
      await expect(store.put(object, md5Body, { signal })).rejects.toMatchObject({ recovery: 'at-once' });
      expect(store.wantedSums).toEqual(['md5']);
      await expect(store.put(object, md5Body, { signal })).rejects.toMatchObject({ recovery: 'at-once' });
      await expect(store.put(object, md5Body, { signal })).resolves.toMatchObject({ etag: 'x' });
      expect(store.wantedSums).toEqual([]);
      expect(notices).toHaveLength(2);
    });
  });
});
