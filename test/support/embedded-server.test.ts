import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import {
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { Bucket, refusal, startTestServer } from './embedded/test-server.ts';

const s3 = startTestServer();

describe('signatures', () => {
  it('refuses a key it does not know', async () => {
    const stranger = s3.createClient({
      credentials: { accessKeyId: 'stranger', secretAccessKey: s3.server.secretAccessKey },
    });
    expect(await refusal(stranger.send(new ListObjectsV2Command({ Bucket })))).toBe('403 InvalidAccessKeyId');
  });

  it('refuses a wrong secret', async () => {
    const impostor = s3.createClient({
      credentials: { accessKeyId: s3.server.accessKeyId, secretAccessKey: 'guessed' },
    });
    expect(await refusal(impostor.send(new ListObjectsV2Command({ Bucket })))).toBe(
      '403 SignatureDoesNotMatch',
    );
  });

  it('refuses a request without a signature', async () => {
    const response = await fetch(`${s3.server.endpoint}/${Bucket}`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>AccessDenied</Code>');
  });

  it('refuses a client whose clock is twenty minutes off', async () => {
    const late = s3.createClient({ systemClockOffset: -20 * 60 * 1000 });
    expect(await refusal(late.send(new ListObjectsV2Command({ Bucket })))).toBe('403 RequestTimeTooSkewed');
  });

  it('takes a client that follows the moved clock of the server, and one that does not', async () => {
    s3.server.advance(30 * 24 * 3600 * 1000);
    // The SDK sets its clock by the Date header of the first answer.
    await s3.client.send(new ListObjectsV2Command({ Bucket }));
    await s3.client.send(new ListObjectsV2Command({ Bucket }));
    expect(s3.server.requests.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('refuses a body that is not the one that was signed', async () => {
    const tampering = s3.createClient({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    tampering.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request ?? {}, { body: Buffer.from('evil') });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const sent = tampering.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'good' }));
    expect(await refusal(sent)).toBe('400 XAmzContentSHA256Mismatch');
    expect(await s3.listKeys()).toEqual([]);
  });
});

describe('the connection', () => {
  it('lets a refused upload go before its body when the client waits for 100 Continue', async () => {
    const headers = { expect: '100-continue', 'content-length': '1000000' };
    const status = await new Promise((resolve, reject) => {
      const put = httpRequest(`${s3.server.endpoint}/${Bucket}/k`, { method: 'PUT', headers });
      put.on('continue', () => reject(new Error('the body was asked for')));
      put.on('response', (response) => resolve([response.statusCode, response.headers.connection]));
      put.on('error', reject);
      put.flushHeaders();
    });
    expect(status).toEqual([403, 'close']);
  });

  it('drains a refused body and serves the next request on the same connection', async () => {
    const body = 'x'.repeat(1_000_000);
    const put = `PUT /${Bucket}/k HTTP/1.1\r\nhost: h\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const get = `GET /${Bucket} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`;
    const socket = connect(s3.server.port, '127.0.0.1').end(put + get);
    let text = '';
    for await (const piece of socket) text += String(piece);
    expect(text.match(/HTTP\/1\.1 403/g)).toHaveLength(2);
  });

  it('logs requests and moves its clock for tests in another process', async () => {
    await fetch(`${s3.server.endpoint}/__embedded/clock?offset=-86400`, { method: 'POST' });
    await fetch(`${s3.server.endpoint}/${Bucket}?prefix=a%2Fb`);
    expect(s3.server.requests).toMatchObject([
      { method: 'GET', path: `/${Bucket}`, query: 'prefix=a%2Fb', status: 403 },
    ]);
    expect(s3.server.requests[0]?.headerNames).toContain('host');
    await s3.create();
    const { Uploads } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket }));
    const initiated = Uploads?.[0]?.Initiated?.getTime() ?? Date.now();
    expect(Date.now() - initiated).toBeGreaterThanOrEqual(86_400_000);
  });

  it('has no lifecycle until one is put', async () => {
    const get = s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(await refusal(get)).toBe('404 NoSuchLifecycleConfiguration');
  });
});

describe('listing objects', () => {
  it('sorts by UTF-8 bytes and pages through keys and common prefixes', async () => {
    // In UTF-16 the emoji would come before U+FF5E.
    const keys = ['a', 'b/1', 'b/2', 'c', '\u{ff5e}', '\u{1f600}'];
    for (const Key of keys.toReversed()) await s3.send({ Key, Body: '' });
    const pages: string[][] = [];
    let token: string | undefined;
    do {
      const page = await s3.client.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken: token }),
      );
      pages.push([
        ...(page.Contents ?? []).map(({ Key }) => Key ?? ''),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''),
      ]);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(pages).toEqual([['a', 'b/'], ['c', '\u{ff5e}'], ['\u{1f600}']]);
  });

  it('encodes keys when asked to, and escapes them otherwise', async () => {
    const Key = 'a b+<&>\u0001ü';
    await s3.send({ Key, Body: '' });
    const encoded = await s3.client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect(encoded.Contents?.[0]?.Key).toBe('a+b%2B%3C%26%3E%01%C3%BC');
    expect(await s3.listKeys()).toEqual([Key]);
  });
});
