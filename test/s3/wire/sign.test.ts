import { S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeKey, encodeValue } from '../../../src/s3/wire/address.ts';
import { createSigner, queryOf, type Signable } from '../../../src/s3/wire/sign.ts';
import type { Identity } from '../../../src/s3/session.ts';

const REGION = 'eu-west-1';
const client = new S3Client({ region: REGION, credentials: { accessKeyId: '', secretAccessKey: '' } });
afterAll(() => client.destroy());

type Request = {
  readonly signable: Signable;
  readonly query: Readonly<Record<string, string>>;
  readonly identity: Identity;
  readonly now: Date;
};

/** What the signer inside the SDK's client makes of the same request. */
async function signedBySdk({ signable, query, identity, now }: Request): Promise<string> {
  const { method, path, headers, payloadHash } = signable;
  const signing = new S3Client({ region: REGION, credentials: identity });
  try {
    const signer = await signing.config.signer({
      name: 'sigv4',
      signingName: 's3',
      signingRegion: REGION,
      properties: {},
    });
    const { host = '' } = headers;
    const request = new HttpRequest({ method, path, query, hostname: host, protocol: 'http:' });
    request.headers = { ...headers, 'x-amz-content-sha256': payloadHash };
    const signed = await signer.sign(request, { signingDate: now });
    return signed.headers['authorization'] ?? 'none';
  } finally {
    signing.destroy();
  }
}

function sign({ signable, identity, now }: Request): string {
  return createSigner()(signable, identity, { region: REGION, now })['authorization'] ?? 'none';
}

const odd = fc.string({
  unit: fc.constantFrom(...Array.from(`aZ09 /?#&=+%"'()*!~,;:@$-_.<>[]{}|\\^\`\té€😀\n`)),
});
const text = fc.oneof(odd, fc.string({ unit: 'grapheme' }));
/** Line ends belong to no value, and none begins or ends with what JavaScript takes for a space. */
const value = fc.string({ unit: fc.constantFrom(...Array.from('aZ09  \t"=+/%*,;:@')) });
const name = fc.string({ unit: fc.constantFrom(...Array.from('abcxyz019-')), minLength: 1, maxLength: 12 });
const queryName = fc.oneof(
  fc.constantFrom('a', 'a-', 'a.b', 'A', 'uploadId'),
  // The SDK's signer loses this one: it copies queries into an object.
  text.filter((it) => it !== '' && it !== '__proto__'),
);
const requests: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom('GET', 'PUT', 'HEAD'),
    bucket: fc.constantFrom('', '/b', '/a.b-c_D'),
    key: text,
    query: fc.dictionary(queryName, text, { maxKeys: 4, noNullPrototype: true }),
    metadata: fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }),
    payloadHash: fc.constantFrom(
      'UNSIGNED-PAYLOAD',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ),
    secretAccessKey: fc.string({ minLength: 1 }),
    sessionToken: fc.option(fc.constant('token/with+odd=='), { nil: undefined }),
    now: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }),
  })
  .map(({ method, bucket, key, query, metadata, payloadHash, secretAccessKey, sessionToken, now }) => ({
    signable: {
      method,
      path: `${bucket}/${encodeKey(key)}`,
      query: Object.entries(query).map(([name, value]) => [encodeValue(name), encodeValue(value)] as const),
      headers: {
        host: 'b.example.com:9000',
        'user-agent': 'partwise',
        'content-type': 'text/plain; charset=utf-8',
        ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      },
      payloadHash,
    },
    query,
    identity: { accessKeyId: 'AKID', secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    now,
  }));

describe('the signature of a request', () => {
  it('is the one that the SDK would make, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        expect(sign(request)).toBe(await signedBySdk(request));
      }),
      { numRuns: 200 },
    );
  });
  it('follows new keys, another day and another region, though the derived key is remembered', async () => {
    const signer = createSigner();
    const signable = {
      method: 'GET',
      path: '/b',
      query: [],
      headers: { host: 'h' },
      payloadHash: 'UNSIGNED-PAYLOAD',
    };
    const one = { accessKeyId: 'a', secretAccessKey: 'one' };
    for (const [identity, now] of [
      [one, new Date('2026-01-01T23:59:59Z')],
      [one, new Date('2026-01-02T00:00:00Z')],
      [{ accessKeyId: 'a', secretAccessKey: 'two' }, new Date('2026-01-02T00:00:00Z')],
      [one, new Date('2026-01-02T00:00:00Z')],
    ] as const) {
      const expected = await signedBySdk({ signable, query: {}, identity, now });
      expect(signer(signable, identity, { region: REGION, now })['authorization']).toBe(expected);
      const elsewhere = signer(signable, identity, { region: 'us-east-1', now })['authorization'];
      expect(elsewhere).not.toBe(expected);
    }
  });
  it('covers the session token, and says what was signed', () => {
    const identity = { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' };
    const signable = { method: 'GET', path: '/', query: [], headers: { host: 'h' }, payloadHash: 'x' };
    const scope = { region: REGION, now: new Date('2026-01-02T03:04:05.678Z') };
    expect(createSigner()(signable, identity, scope)).toMatchObject({
      'x-amz-date': '20260102T030405Z',
      'x-amz-content-sha256': 'x',
      'x-amz-security-token': 't',
      authorization: expect.stringContaining(
        'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
      ),
    });
  });
});

describe('a query', () => {
  it('is sorted by name, not by what the whole looks like, and empty without names', () => {
    expect(queryOf([])).toBe('');
    expect(
      queryOf([
        ['b', ''],
        ['a-b', '1'],
        ['a', '2'],
      ]),
    ).toBe('a=2&a-b=1&b=');
  });
});
