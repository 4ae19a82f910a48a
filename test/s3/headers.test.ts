import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeader, encodeHeader } from '../../src/s3/rfc2047.ts';
import type { Store } from '../../src/transfer/ports.ts';
import { type Answer, object, signal, storeAnswering, inBothWays } from './answering.ts';

type Asked = { readonly method: string; readonly url: string; readonly headers: Record<string, unknown> };

const ALGORITHM = 'x-amz-server-side-encryption-customer-algorithm';

/** A store whose server says yes to everything, and what it was asked. */
async function listen(
  options: Parameters<typeof storeAnswering>[2],
): Promise<{ store: Store; asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const store = await storeAnswering(
    ({ method = '', url = '', headers }, response) => {
      asked.push({ method, url, headers });
      const range = headers.range ? { 'content-range': 'bytes 0-3/4' } : {};
      const body = method === 'GET' && headers.range ? 'text' : documentOf(method, url);
      const sealed = headers[ALGORITHM] ? { [ALGORITHM]: headers[ALGORITHM] } : {};
      response.writeHead(200, { etag: '"e"', 'content-length': body.length, ...range, ...sealed }).end(body);
    },
    [],
    options,
  );
  return { store, asked };
}

function documentOf(method: string, url: string): string {
  if (method === 'POST' && url.includes('uploads')) {
    return '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
  }
  if (method === 'POST')
    return '<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>';
  if (method === 'GET' && url.includes('uploadId')) return '<ListPartsResult></ListPartsResult>';
  return method === 'GET' ? '<ListAllMyBucketsResult></ListAllMyBucketsResult>' : '';
}

const bytes = new TextEncoder().encode('text');
const body = { size: 4, sums: { crc32: '00000000' }, open: () => [bytes] };
const pages = { signal, repeat: <T>(request: () => Promise<T>) => request() };

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined();
}

/** Every verb once. */
async function useAll(store: Store): Promise<void> {
  const upload = { ...object, uploadId: 'u' };
  await store.stat(object, { signal });
  await store.partSize(object, 1, { signal, etag: undefined });
  await drain(store.read(object, { start: 0, end: 4 }, { signal, etag: undefined }));
  await store.put(object, body, { signal });
  await store.beginUpload(object, { signal });
  await store.uploadPart(upload, { number: 1, start: 0, end: 4 }, body, { signal });
  await drain(store.listParts(upload, pages));
  await store.completeUpload(upload, [{ number: 1, size: 4, etag: 'e', sums: {} }], { signal });
  await store.abortUpload(upload, { signal });
}

inBothWays(() => {
  describe('what goes with every request', () => {
    it('is who pays, and who must own the bucket; listing buckets is about none', async () => {
      const { store, asked } = await listen({ requestPayer: true, expectedBucketOwner: '123456789012' });
      await useAll(store);
      expect(asked).toHaveLength(9);
      for (const { headers } of asked) {
        expect(headers).toMatchObject({
          'x-amz-request-payer': 'requester',
          'x-amz-expected-bucket-owner': '123456789012',
        });
      }
      await drain(store.listBuckets(pages));
      expect(asked.at(-1)?.headers).not.toHaveProperty('x-amz-expected-bucket-owner');
    });

    it('is the key of a customer with those that touch bytes, and no others', async () => {
      const { store, asked } = await listen({ customerKey: new Uint8Array(32).fill(7) });
      await useAll(store);
      const key = 'x-amz-server-side-encryption-customer-key';
      const isSealed = asked.map(({ headers }) => key in headers);
      // stat, partSize, read, put, begin, part, listParts, complete; not abort
      expect(isSealed).toEqual([true, true, true, true, true, true, true, true, false]);
      expect(asked[0]?.headers[`${key}-md5`]).toBe(
        createHash('md5').update(new Uint8Array(32).fill(7)).digest('base64'),
      );
    });

    it('with the key of a customer is an error where the server does not say that it used it', async () => {
      const headers = { etag: '"e"', 'content-length': '0' };
      const answer: Answer = (_, response) => void response.writeHead(200, headers).end();
      const store = await storeAnswering(answer, [], { customerKey: new Uint8Array(32).fill(7) });
      const upload = { ...object, uploadId: 'u' };
      const part = { number: 1, start: 0, end: 4 };
      for (const request of [
        () => store.stat(object, { signal }),
        () => store.put(object, body, { signal }),
        () => store.uploadPart(upload, part, body, { signal }),
      ])
        await expect(request()).rejects.toMatchObject({ kind: 'unsupported', recovery: 'never' });
    });

    it('is the hash of every payload when it is to be signed, and none where it need not be', async () => {
      const hashes = async (signPayload: 'auto' | 'always' | 'never'): Promise<unknown[]> => {
        const { store, asked } = await listen({ signPayload });
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        expect(store.wantedSums.includes('sha256')).toBe(signPayload === 'always');
        const signed = { ...body, sums: { ...body.sums, sha256 } };
        await store.put(object, signed, { signal });
        return asked.map(({ headers }) => headers['x-amz-content-sha256']);
      };
      expect(await hashes('always')).toEqual([createHash('sha256').update(bytes).digest('hex')]);
      // To this very machine nobody is in between.
      for (const when of ['auto', 'never'] as const) expect(await hashes(when)).toEqual(['UNSIGNED-PAYLOAD']);
    });

    it('is nothing of that when nobody asks for it', async () => {
      const { store, asked } = await listen({});
      await useAll(store);
      expect(asked.flatMap(({ headers }) => Object.keys(headers)).join()).not.toMatch(/payer|owner|customer/);
    });
  });

  describe('metadata outside ASCII', () => {
    it('is any text, there and back, as headers may carry it', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
          const header = encodeHeader(text);
          expect(header).toMatch(/^[\x20-\x7e]*$/);
          for (const word of header.split(' '))
            if (word.startsWith('=?')) expect(word.length).toBeLessThan(76);
          expect(decodeHeader(header)).toBe(text);
        }),
      );
    });
    it('is read in the other encoding too', () => {
      expect(decodeHeader('=?utf-8?Q?gr=C3=B6=C3=9Fe_x?=')).toBe('größe x');
      expect(decodeHeader('plain =?iso-8859-1?Q?=E9?=')).toBe('plain =?iso-8859-1?Q?=E9?=');
    });
  });
});
