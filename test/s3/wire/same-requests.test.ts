import { createServer, type IncomingMessage } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore, type StoreOptions } from '../../../src/s3/connect.ts';
import { type ConnectionFlags, resolveConnection } from '../../../src/s3/connection.ts';
import type { ObjectOptions } from '../../../src/transfer/object-options.ts';
import type { PartBody, Store } from '../../../src/transfer/ports.ts';
import { listen } from '../../support/listen.ts';
import { storeAnswering } from '../answering.ts';

/** A request as a server sees it, without what each way has of its own. */
type Asked = { readonly method: string; readonly url: string; readonly headers: Record<string, unknown> };

/** The SDK's word on itself, how a body is announced, and what depends on all the others or on the moment. */
const OWN = new Set([
  'user-agent',
  'x-amz-user-agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'authorization',
  'x-amz-date',
  'connection',
  'expect',
  'transfer-encoding',
  'accept',
]);

function noteOf({ method = '', url = '', headers }: IncomingMessage): Asked {
  // The SDK marks its GETs and names the operation; no server looks at either.
  const query = url.replace(/([?&])x-id=\w+&?/, '$1').replace(/[?&]$/, '');
  const [path = '', search = ''] = query.split('?');
  const sorted = search.split('&').toSorted().join('&');
  return {
    method,
    url: search ? `${path}?${sorted}` : path,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name))),
  };
}

const signal = new AbortController().signal;
const BYTES = Buffer.from('some bytes');
const body: PartBody = {
  size: BYTES.length,
  sums: { crc32: '0a0b0c0d', md5: 'ab'.repeat(16) },
  open: () => [BYTES],
};

/** What a store of each way asks a server that is content with everything. */
async function openBoth(
  flags: ConnectionFlags = {},
  options: StoreOptions = {},
): Promise<(use: (store: Store) => Promise<unknown>) => Promise<{ wire: Asked[]; sdk: Asked[] }>> {
  let asked: Asked[] = [];
  const server = createServer((request, response) => {
    asked.push(noteOf(request));
    const sealed = { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' };
    const range = request.headers.range ? { 'content-range': 'bytes 0-3/4' } : {};
    request.resume().on('end', () => {
      const text = request.method === 'GET' ? 'text' : '';
      response.writeHead(200, { etag: '"e"', 'content-length': text.length, ...sealed, ...range }).end(text);
    });
  });
  const port = await listen(server);
  const env = { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' };
  const connection = resolveConnection({ endpointUrl: `http://127.0.0.1:${port}`, ...flags }, env, new Map());
  const stores = [openStore(connection, options), openStore(connection, { ...options, way: 'sdk' })] as const;
  onTestFinished(() => {
    for (const store of stores) store.close();
    server.closeAllConnections();
    server.close();
  });
  return async (use) => {
    const seen: Asked[][] = [];
    for (const store of stores) {
      asked = [];
      await use(store);
      seen.push(asked);
    }
    const [wire = [], sdk = []] = seen;
    return { wire, sdk };
  };
}

const object = { bucket: 'box', key: 'a b/ü+(1).txt' };
const OPTIONS: readonly (readonly [string, ObjectOptions])[] = [
  ['nothing', {}],
  ['a type', { contentType: 'text/html; charset=utf-8' }],
  [
    'headers',
    {
      cacheControl: 'max-age=60',
      contentEncoding: 'gzip',
      contentDisposition: 'attachment; filename="a  b"',
      contentLanguage: 'de, en',
    },
  ],
  ['a day of expiry', { expires: new Date('2031-02-03T04:05:06.789Z') }],
  [
    'metadata',
    {
      metadata: new Map([
        ['by', 'me'],
        ['empty', ''],
        ['text', 'naïve – 日本語 😀'],
        ['word', '=?UTF-8?B?eA==?='],
        ['spaces', 'a  b'],
      ]),
    },
  ],
  [
    'tags',
    {
      tags: new Map([
        ['by', 'me & you'],
        ['ü', ''],
        ['a=b', '1+1'],
      ]),
    },
  ],
  ['no tags', { tags: new Map() }],
  ['an ACL and a class', { acl: 'public-read', storageClass: 'STANDARD_IA' }],
  ['keys of the service', { encryption: { type: 's3' } }],
  ['a key of the key management', { encryption: { type: 'kms', keyId: 'arn:aws:kms:eu-west-1:1:key/a' } }],
  ['the default key of the key management', { encryption: { type: 'kms' } }],
  ['the condition that nothing is there', { condition: { type: 'absent' } }],
  ['the condition that this is there', { condition: { type: 'match', etag: 'abc' } }],
];

describe('our request is the one that the SDK sends', () => {
  it.each(OPTIONS)('to put an object with %s', async (_, as) => {
    const both = await openBoth();
    const { wire, sdk } = await both((store) => store.put(object, body, { signal, as }));
    expect(wire).toEqual(sdk);
    expect(wire).toHaveLength(1);
  });
  it('for every verb, with all that goes with every request', async () => {
    const customerKey = new Uint8Array(32).fill(7);
    const both = await openBoth({}, { customerKey, requestPayer: true, expectedBucketOwner: '123456789012' });
    const upload = { ...object, uploadId: 'id/with+odd=&chars' };
    for (const use of [
      (store: Store) => store.stat(object, { signal }),
      (store: Store) => store.stat({ ...object, versionId: 'v/1+' }, { signal }),
      (store: Store) => store.put(object, { ...body, size: 0, open: () => [] }, { signal }),
      (store: Store) =>
        store.uploadPart(upload, { number: 7, start: 0, end: BYTES.length }, body, { signal }),
      async (store: Store) => {
        for await (const chunk of store.read(object, { start: 0, end: 4 }, { signal, etag: 'e' }))
          expect(chunk).toHaveLength(4);
      },
    ]) {
      const { wire, sdk } = await both(use);
      expect(wire).toEqual(sdk);
    }
  });
  it.each<[string, StoreOptions]>([
    ['a payload that is signed', { signPayload: 'always' }],
    ['an MD5', { checksum: 'md5' }],
    ['no checksum', { checksum: 'none' }],
  ])('with %s', async (_, options) => {
    const both = await openBoth({}, options);
    const sums = { ...body.sums, sha256: 'cd'.repeat(32) };
    const { wire, sdk } = await both((store) => store.put(object, { ...body, sums }, { signal }));
    expect(wire).toEqual(sdk);
  });
  it('for a user without keys', async () => {
    const both = await openBoth({ signRequest: false });
    const { wire, sdk } = await both((store) => store.stat(object, { signal }));
    expect(wire).toEqual(sdk);
  });
  it('whatever the key is called', async () => {
    const both = await openBoth();
    const odd = fc.string({
      unit: fc.constantFrom(...Array.from(`aZ09 /?#&=+%"'()*!~,;:@$-_.<>[]{}|\\^\`\té€😀\n`)),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(odd, async (key) => {
        const { wire, sdk } = await both((store) => store.stat({ bucket: 'box', key }, { signal }));
        expect(wire).toEqual(sdk);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a header that would end its line, or that HTTP cannot carry', () => {
  it.each<[string, ObjectOptions]>([
    ['a name with a line end', { metadata: new Map([['x: y\r\nx-amz-acl', 'public-read']]) }],
    ['a name with a space', { metadata: new Map([['x y', 'v']]) }],
    ['a name beyond ASCII', { metadata: new Map([['ü', 'v']]) }],
    ['a value with a line end', { cacheControl: 'a\r\nx-amz-acl: public-read' }],
    ['a value beyond Latin-1', { contentDisposition: 'attachment; filename=日' }],
  ])('is refused before anything is sent: %s', async (_, as) => {
    let requests = 0;
    const store = await storeAnswering((_, response) => {
      requests++;
      response.end();
    });
    await expect(store.put(object, body, { signal, as })).rejects.toMatchObject({
      kind: 'usage',
      recovery: 'never',
    });
    expect(requests).toBe(0);
  });
});
