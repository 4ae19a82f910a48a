import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
const WAYS = ['wire', 'sdk'] as const;
/** The MD5 of `text`. */
const STORED = { headers: { ETag: '"1cb251ec0d568de6a929b520c4aed8d1"', 'Content-Length': '4' } };

describe("a customer's key over plain http", () => {
  it.each(WAYS)('is not sent beyond this machine, unless that is asked for by name (%s)', async (way) => {
    const server = await startScripted(({ headers, method }) => ({
      headers: {
        ...(method === 'PUT' ? { ETag: STORED.headers.ETag } : STORED.headers),
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        ...(headers['x-amz-checksum-crc32'] && {
          'x-amz-checksum-crc32': String(headers['x-amz-checksum-crc32']),
        }),
      },
    }));
    // Another way to write this machine, which is not taken for it.
    const port = new URL(server.endpoint).port;
    const place = await embedded.open({ endpoint: `http://[::ffff:127.0.0.1]:${port}` });
    await writeFile(join(place.dir, 'a.txt'), 'text');
    await writeFile(join(place.dir, 'key'), Buffer.alloc(32, 7));
    const env = { PARTWISE_STORE: way };
    for (const args of [
      ['put', '--sse-c-key', 'key', 'a.txt', place.location('k')],
      ['get', '--sse-c-key', 'key', place.location('k'), 'b'],
    ]) {
      const refused = await place.partwise(args, { env });
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('plain http')]);
      expect(server.requests).toEqual([]);
    }
    const put = ['put', '--sse-c-key', 'key', '--sse-c-over-http', 'a.txt', place.location('k')];
    const sent = await place.partwise(put, { env });
    expect([sent.code, sent.stderr]).toEqual([0, expect.any(String)]);
    expect(server.requests[0]?.headers['x-amz-server-side-encryption-customer-key']).toBeDefined();
  });
});

describe('an endpoint on this machine behind a proxy', () => {
  it.each(WAYS)(
    'is not taken for this machine: payloads are signed, and plain http warns (%s)',
    async (way) => {
      const proxy = await startScripted(({ headers }) => ({
        headers: {
          ETag: STORED.headers.ETag,
          ...(headers['x-amz-checksum-crc32'] && {
            'x-amz-checksum-crc32': String(headers['x-amz-checksum-crc32']),
          }),
        },
      }));
      const place = await embedded.open();
      await writeFile(join(place.dir, 'a.txt'), 'text');
      const env = { PARTWISE_STORE: way, HTTP_PROXY: proxy.endpoint };
      const { stderr } = await place.partwise(['put', 'a.txt', place.location('k')], { env });
      expect(stderr).toContain('is plain http');
      expect(proxy.requests[0]?.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it('with a password that cannot be decoded is refused at once', async () => {
    const place = await embedded.open();
    for (const scheme of ['http', 'https']) {
      const env = {
        [`${scheme.toUpperCase()}_PROXY`]: 'http://user:50%off@127.0.0.1:1',
        ENDPOINT: `${scheme}://s3.example.invalid`,
      };
      const { code, stderr } = await place.partwise(['ls', place.location()], { env });
      expect([code, stderr]).toEqual([2, expect.stringContaining('Write %25 for a percent sign')]);
      expect(stderr).not.toContain('50%off');
    }
  });
});

describe('words that no request can carry', () => {
  it.each(WAYS)('are refused at once, not repeated (%s)', async (way) => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'a.txt'), 'text');
    const env = { PARTWISE_STORE: way };
    for (const flags of [
      ['--content-type', 'a\r\nb: c'],
      ['--cache-control', 'a\nb'],
      ['--region', 'us east'],
      ['--region', 'a;id'],
      ['--expected-bucket-owner', 'a\r\nb'],
    ]) {
      const requests = await place.requestsDuring(async () => {
        const { code, stderr } = await place.partwise(['put', ...flags, 'a.txt', place.location('k')], {
          env,
        });
        expect([flags[0], code, stderr]).toEqual([flags[0], 2, expect.any(String)]);
      });
      expect(requests).toEqual([]);
    }
  });

  it('a time of the server that is years away is not signed for', async () => {
    const server = await startScripted(() => ({
      status: 403,
      headers: { Date: 'Thu, 01 Jan 2037 00:00:00 GMT' },
      body: '<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large</Message></Error>',
    }));
    const place = await embedded.open({ endpoint: server.endpoint });
    for (const way of WAYS) {
      const { code, stderr } = await place.partwise(['ls', place.location()], {
        env: { PARTWISE_STORE: way },
      });
      expect([code, stderr]).toEqual([5, expect.stringContaining('clock')]);
    }
    for (const { headers } of server.requests) expect(String(headers['x-amz-date'])).not.toMatch(/^2037/);
  });
});
