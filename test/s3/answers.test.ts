import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import type { Store } from '../../src/transfer/ports.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const signal = new AbortController().signal;
const object = { bucket: 'b', key: 'k' };
const upload = { ...object, uploadId: 'u' };
const receipt = { number: 1, size: 1, etag: 'e'.repeat(32), sums: {} };
const once = <T>(request: () => Promise<T>): Promise<T> => request();
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A store whose server answers everything as told, once the request is read. */
async function storeAnswering(answer: Answer, notices: string[] = []): Promise<Store> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  const connection = resolveConnection(
    { endpointUrl: `http://127.0.0.1:${port}` },
    { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' },
    new Map(),
  );
  const store = openStore(connection, { onNotice: (sentence) => notices.push(sentence), readTimeoutMs: 300 });
  open.push(() => {
    store.close();
    server.closeAllConnections();
    server.close();
  });
  return store;
}

const answering = (status: number, body: string, headers: Record<string, string> = {}): Promise<Store> =>
  storeAnswering((_, response) =>
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body),
  );
const errorDocument = (code: string): string =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>so it is</Message><RequestId>R1</RequestId></Error>`;
const complete = (store: Store): Promise<unknown> => store.completeUpload(upload, [receipt], { signal });
const body = { size: 3, sums: { crc32: '352441c2' }, open: () => [new TextEncoder().encode('abc')] };

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
  it('without an ETag in its answer was not stored', async () => {
    await expect(send(await answering(200, ''))).rejects.toMatchObject({ kind: 'server', recovery: 'again' });
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
    const headers = { date: 'Mon, 23 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 10:00:07 GMT' };
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
    await expect(store.put(object, md5Body, { signal })).rejects.toMatchObject({ recovery: 'again' });
    expect(store.wantedSums).toEqual(['md5']);
    await expect(store.put(object, md5Body, { signal })).rejects.toMatchObject({ recovery: 'again' });
    await expect(store.put(object, md5Body, { signal })).resolves.toMatchObject({ etag: 'x' });
    expect(store.wantedSums).toEqual([]);
    expect(notices).toHaveLength(2);
  });
});

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
    await expect(store.stat(object, { signal })).rejects.toMatchObject({ kind: 'server', recovery: 'never' });
  });
});

describe('a listing', () => {
  const keys = async (store: Store): Promise<string[]> => {
    const found: string[] = [];
    for await (const entry of store.listObjects('b', '', { signal, repeat: once }))
      found.push(entry.type === 'object' ? entry.key : entry.prefix);
    return found;
  };
  const page = (inner: string): string =>
    `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`;
  it('decodes keys only when the server says that it encoded them', async () => {
    const key = '<Contents><Key>a%20b+c</Key><Size>1</Size></Contents>';
    await expect(keys(await answering(200, page(`<EncodingType>url</EncodingType>${key}`)))).resolves.toEqual(
      ['a b c'],
    );
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
    const connection = resolveConnection(
      { endpointUrl: 'http://127.0.0.1:1' },
      { ACCESS_KEY_ID: 'id', SECRET_KEY: 's' },
      new Map(),
    );
    const store = openStore(connection);
    open.push(() => store.close());
    await expect(store.stat(object, { signal })).rejects.toMatchObject({
      kind: 'network',
      recovery: 'wait',
      code: 'ECONNREFUSED',
    });
  });
  it('that cuts the connection before a byte of an answer is away', async () => {
    const store = await storeAnswering((request) => request.socket.resetAndDestroy());
    await expect(store.stat(object, { signal })).rejects.toMatchObject({ kind: 'network', recovery: 'wait' });
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
