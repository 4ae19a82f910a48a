import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/transfer/ports.ts';
import {
  answering,
  errorDocument,
  object,
  signal,
  storeAnswering,
  storeAt,
  inBothWays,
} from './answering.ts';

const once = <T>(request: () => Promise<T>): Promise<T> => request();

inBothWays(() => {
  describe('a range', () => {
    const bytes = 'abcdefghij';
    const read = async (store: Store, etag: string | undefined = 'v1'): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(object, { start: 2, end: 5 }, { signal, etag }))
        chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString();
    };
    const good = { etag: '"v1"', 'content-range': 'bytes 2-4/10' };
    it('is read when it is exactly the one that was asked for, whatever the status', async () => {
      await expect(read(await answering(206, 'cde', good))).resolves.toBe('cde');
      await expect(read(await answering(200, 'cde', good))).resolves.toBe('cde');
    });
    it.each([
      ['another range', 206, 'bcd', { ...good, 'content-range': 'bytes 1-3/10' }, { kind: 'corrupt' }],
      ['a shorter range', 206, 'cd', { ...good, 'content-range': 'bytes 2-3/10' }, { kind: 'corrupt' }],
      ['fewer bytes than it says', 206, 'cd', good, { kind: 'corrupt' }],
      ['no Content-Range', 206, 'cde', { etag: '"v1"' }, { kind: 'corrupt' }],
      ['another version', 206, 'cde', { ...good, etag: '"v2"' }, { kind: 'changed', recovery: 'never' }],
      ['no ETag', 206, 'cde', { 'content-range': 'bytes 2-4/10' }, { kind: 'server' }],
      [
        'a web page',
        200,
        '<html>hello</html>',
        { 'content-type': 'text/html' },
        { kind: 'server', recovery: 'never' },
      ],
    ])('is refused when the server sends %s', async (_, status, content, headers, expected) => {
      await expect(read(await answering(status, content, headers))).rejects.toMatchObject(expected);
    });
    it('is cut out of the whole object where the server knows no ranges', async () => {
      await expect(read(await answering(200, bytes, { etag: '"v1"' }))).resolves.toBe('cde');
    });
    it('of an object that was replaced is a change, not a failed condition', async () => {
      await expect(read(await answering(412, errorDocument('PreconditionFailed')))).rejects.toMatchObject({
        kind: 'changed',
      });
    });
    it('that does not end where it says is refused', async () => {
      const store = await storeAnswering((_, response) => {
        const timer = setInterval(() => response.write('cdefghij'), 5);
        response.writeHead(206, good).on('close', () => clearInterval(timer));
      });
      await expect(read(store)).rejects.toMatchObject({ kind: 'corrupt' });
    });
    it('that breaks off counts as an attempt', async () => {
      const store = await storeAnswering((_, response) => {
        response.writeHead(206, { ...good, 'content-length': '3' });
        response.write('cd', () => response.destroy());
      });
      await expect(read(store)).rejects.toMatchObject({ kind: 'network', recovery: 'again' });
    });
    it('that stalls is given up after the read timeout', async () => {
      const store = await storeAnswering((_, response) => {
        response.writeHead(206, { ...good, 'content-length': '3' });
        response.write('cd');
      });
      await expect(read(store)).rejects.toMatchObject({
        kind: 'network',
        recovery: 'again',
        code: 'ETIMEDOUT',
      });
    });
  });

  describe('an object', () => {
    it('may be a web page itself', async () => {
      const headers = { etag: '"v1"', 'content-type': 'text/html', 'content-length': '4' };
      const store = await storeAnswering((_, response) => response.writeHead(200, headers).end());
      await expect(store.stat(object, { signal })).resolves.toMatchObject({ etag: 'v1', size: 4 });
    });
    it('without an ETag comes from no S3 server', async () => {
      const store = await storeAnswering((_, response) =>
        response.writeHead(200, { 'content-type': 'text/html', 'content-length': '4' }).end(),
      );
      await expect(store.stat(object, { signal })).rejects.toMatchObject({
        kind: 'server',
        recovery: 'never',
      });
    });
  });

  describe('a listing', () => {
    const keys = async (store: Store): Promise<string[]> => {
      const found: string[] = [];
      for await (const page of store.listObjects('b', '', { signal, repeat: once }))
        found.push(...page.map((entry) => (entry.type === 'object' ? entry.key : entry.prefix)));
      return found;
    };
    const page = (inner: string): string =>
      `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`;
    it('decodes keys only when the server says that it encoded them', async () => {
      const key = '<Contents><Key>a%20b+c</Key><Size>1</Size></Contents>';
      await expect(
        keys(await answering(200, page(`<EncodingType>url</EncodingType>${key}`))),
      ).resolves.toEqual(['a b c']);
      await expect(keys(await answering(200, page(key)))).resolves.toEqual(['a%20b+c']);
    });
    it('that repeats its token ends with an error, not for ever', async () => {
      const endless = page(
        '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>a</Key><Size>1</Size></Contents>',
      );
      await expect(keys(await answering(200, endless))).rejects.toMatchObject({
        kind: 'server',
        recovery: 'never',
      });
    });
    it.each([
      ['a document type', `<!DOCTYPE x>${page('')}`],
      ['absurd nesting', page('<a>'.repeat(100) + '</a>'.repeat(100))],
      ['a cut page', '<ListBucketResult><Contents><Key>a</Key>'],
    ])('with %s is refused before it is parsed', async (_, document) => {
      await expect(keys(await answering(200, document))).rejects.toMatchObject({ kind: 'server' });
    });
  });

  describe('an endpoint', () => {
    it('that refuses connections is away', async () => {
      const store = storeAt('http://127.0.0.1:1');
      await expect(store.stat(object, { signal })).rejects.toMatchObject({
        kind: 'network',
        recovery: 'wait',
        code: 'ECONNREFUSED',
      });
    });
    it('that cuts the connection before a byte of an answer is away', async () => {
      const store = await storeAnswering((request) => request.socket.resetAndDestroy());
      await expect(store.stat(object, { signal })).rejects.toMatchObject({
        kind: 'network',
        recovery: 'wait',
      });
    });
    it('is not asked once the signal is aborted', async () => {
      let requests = 0;
      const store = await storeAnswering((_, response) => {
        requests++;
        response.end();
      });
      await expect(store.stat(object, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        kind: 'interrupted',
      });
      expect(requests).toBe(0);
    });
  });
});
