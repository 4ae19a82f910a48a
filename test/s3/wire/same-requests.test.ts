import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoreOptions } from '../../../src/s3/connect.ts';
import type { ObjectOptions } from '../../../src/transfer/object-options.ts';
import type { Store, Sums } from '../../../src/transfer/ports.ts';
import { storeAnswering } from '../answering.ts';
import { body, BYTES, openBoth, signal } from './both-ways.ts';

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
  it.each(OPTIONS)('to begin an upload with %s', async (_, as) => {
    const both = await openBoth();
    const { wire, sdk } = await both(async (store) => {
      expect(await store.beginUpload(object, { signal, as })).toMatchObject({ uploadId: 'id/&"1' });
    });
    expect(wire).toEqual(sdk);
    expect(wire).toHaveLength(1);
  });
  it.each<[string, StoreOptions, Sums | undefined]>([
    ['checksums of the whole and the parts', {}, { crc32: '01020304' }],
    ['checksums of the parts', {}, undefined],
    ['a checksum of checksums', { checksum: 'sha256' }, { sha256: 'cd'.repeat(32) }],
    ['no checksums', { checksum: 'none' }, undefined],
  ])('to complete an upload with %s', async (_, options, whole) => {
    const both = await openBoth({}, options);
    const upload = { ...object, uploadId: 'id/with+odd=&chars' };
    const sums = { crc32: '0a0b0c0d', sha256: 'ab'.repeat(32) };
    const receipts = [1, 2].map((number) => ({ number, size: 5, etag: `e&${number}`, sums }));
    const { wire, sdk } = await both(async (store) => {
      const how = { signal, local: [sums, sums], whole, condition: { type: 'absent' as const } };
      expect(await store.completeUpload(upload, receipts, how)).toMatchObject({ etag: 'abc-2' });
    });
    expect(wire).toEqual(sdk);
    expect(wire.map(({ parts }) => parts.length)).toEqual([2]);
  });
  it('to abort an upload, and to look for others of its key', async () => {
    const both = await openBoth();
    const { wire, sdk } = await both(async (store) => {
      expect(await store.abortUpload({ ...object, uploadId: 'id/+' }, { signal })).toBe('aborted');
      const uploads = store.listUploads(object.bucket, object.key, {
        signal,
        repeat: (ask) => ask(),
        exactKey: true,
      });
      for await (const upload of uploads) expect(upload).toBeUndefined();
    });
    expect(wire.map(({ method, url }) => `${method} ${url.replace('/?', '?')}`)).toEqual(
      sdk.map(({ method, url }) => `${method} ${url.replace('/?', '?')}`),
    );
    expect(wire).toHaveLength(2);
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
