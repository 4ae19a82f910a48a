import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/report/redact.ts';

const secret = fc.string({ unit: fc.constantFrom(...'ABCxyz0189+/'.split('')), minLength: 8, maxLength: 60 });

/** Every shape in which a secret is known to show up; nothing but its surroundings tells it. */
const shapes: readonly ((secret: string) => string)[] = [
  (it) =>
    `Authorization: AWS4-HMAC-SHA256 Credential=${it}/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${it}`,
  (it) => `authorization: 'AWS4-HMAC-SHA256 Credential=x, Signature=${it}',`,
  (it) => `{"headers":{"authorization":"Bearer ${it}","host":"h"}}`,
  (it) => JSON.stringify({ body: JSON.stringify({ authorization: `Basic ${it}` }) }),
  (it) => `[ 'Authorization', 'AWS4 ${it}' ]`,
  (it) => `Proxy-Authorization: Digest username="x", response="${it}"`,
  (it) => `https://h/b/k?X-Amz-Credential=${it}&X-Amz-Date=1`,
  (it) => `https://h/b/k?X-Amz-Signature=${it}`,
  (it) => `https://h/b/k?X-Amz-Security-Token=${it}&x=1`,
  (it) => `https://h/?u=${encodeURIComponent('https://i/?Signature=')}${it}`,
  (it) => `GET /k?AWSAccessKeyId=x&Signature=${it}&Expires=1`,
  (it) => `x-amz-security-token: ${it}`,
  (it) => `'x-amz-security-token' => '${it}'`,
  (it) => `aws_secret_access_key = ${it}`,
  (it) => `AWS_SECRET_ACCESS_KEY="${it}"`,
  (it) => `SECRET_KEY=${it}`,
  (it) => `{ secretAccessKey: '${it}', sessionToken: '${it}' }`,
  (it) => `AWS_SESSION_TOKEN=${it}`,
  (it) => `x-amz-server-side-encryption-customer-key: ${it}`,
  (it) => `x-amz-copy-source-server-side-encryption-customer-key-MD5: ${it}`,
  (it) => `SSECustomerKey: '${it}'`,
  (it) => `<SignatureProvided>${it}</SignatureProvided>`,
];

describe('redact', () => {
  it.each(shapes.map((shape) => [shape('…'), shape] as const))('removes the secret from %s', (_, shape) => {
    fc.assert(
      fc.property(secret, fc.string({ maxLength: 20 }), (secret, before) => {
        // What stands before may end a quote or begin a line, but it may not be the secret.
        expect(redact(`${before.replaceAll(secret, '')}\n${shape(secret)}\nrest`)).not.toContain(secret);
      }),
    );
  });

  it('removes user info from URLs, and leaves keys with an @ alone', () => {
    expect(redact('http://user:pa55word@host:9000/b?x=a@b')).toBe('http://***@host:9000/b?x=a@b');
    expect(redact('s3://bucket/me@example.com')).toBe('s3://bucket/me@example.com');
  });

  it('removes literal secrets wherever they stand, also encoded', () => {
    const everywhere = fc.tuple(fc.string(), fc.string({ minLength: 8, maxLength: 40 }), fc.string());
    fc.assert(
      fc.property(everywhere, ([before, secret, after]) => {
        fc.pre(!secret.includes('*'));
        const text = [secret, encodeURIComponent(secret), JSON.stringify({ secret })].join(before) + after;
        const shown = redact(text, [secret]);
        expect(shown).not.toContain(secret);
        expect(shown).not.toContain(encodeURIComponent(secret));
      }),
    );
  });

  it('leaves a word alone that some test server takes for a secret', () => {
    expect(redact('put test/file to s3://tests/x', ['test'])).toBe('put test/file to s3://tests/x');
    expect(redact('SECRET_KEY=test', ['test'])).toBe('SECRET_KEY=***');
  });

  it('removes a secret that contains another as a whole', () => {
    expect(redact('key abcd12345678efgh', ['12345678', 'abcd12345678efgh'])).toBe('key ***');
  });

  it('leaves other words alone', () => {
    const line =
      'put s3://b/k?x=1: the signature does not match, credentials: none; Content-MD5: abc, etag=9b2c';
    expect(redact(line)).toBe(line);
  });

  it('keeps the rest of a query and of a line', () => {
    expect(redact('?X-Amz-Signature=abc&partNumber=3 failed')).toBe(
      '?X-Amz-Signature=***&partNumber=3 failed',
    );
  });

  // A quadratic pattern would take minutes for these, a linear one milliseconds.
  it.each([
    'authorization',
    '://',
    '://a',
    'secret_',
    'password"',
    '"\\',
    "password='\\",
    '@',
    ' ',
    'Signature=',
    '<SessionToken',
  ])('is linear in %j', (piece) => expect(redact(piece.repeat(200_000)).length).toBeGreaterThan(0));
});
