import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../embedded/server.ts';
import { refusal } from '../embedded/test-server.ts';
import type { Proxy, Rule } from './proxy.ts';
import { openProxy } from './test-proxy.ts';

const MiB = 1024 * 1024;
const Bucket = 'boxes';
const Key = 'a key/with ü & + %41';

/** An S3 server, a proxy before it, and a client of the proxy. */
async function open(
  rules: readonly Rule[] = [],
  maxAttempts = 1,
): Promise<{ readonly client: S3Client; readonly proxy: Proxy }> {
  const dir = await mkdtemp(join(tmpdir(), 'proxy-s3-'));
  const server = await startServer({ dir, buckets: [Bucket] });
  onTestFinished(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  const proxy = await openProxy({ url: server.endpoint }, rules);
  const { accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts,
    credentials: { accessKeyId, secretAccessKey },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  onTestFinished(() => client.destroy());
  return { client, proxy };
}

/** Uploads 20 MiB in four parts at once. */
async function upload(client: S3Client, bytes: Buffer): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = await Promise.all(
    [1, 2, 3, 4].map(async (PartNumber) => {
      const Body = bytes.subarray((PartNumber - 1) * 5 * MiB, PartNumber * 5 * MiB);
      const { ETag, ChecksumCRC32 } = await client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
      );
      return { PartNumber, ETag, ChecksumCRC32 };
    }),
  );
  await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
}

async function download(client: S3Client, Range?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('S3 through the proxy', () => {
  it('keeps signatures and bytes, whole and in parts', async () => {
    const { client, proxy } = await open();
    const bytes = randomBytes(20 * MiB);
    await client.send(new PutObjectCommand({ Bucket, Key, Body: bytes }));
    expect((await download(client)).equals(bytes)).toBe(true);
    bytes.reverse();
    await upload(client, bytes);
    expect((await download(client)).equals(bytes)).toBe(true);
    expect((await download(client, 'bytes=5-9')).equals(bytes.subarray(5, 10))).toBe(true);
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(proxy.requests.map(({ operation }) => operation).join(' ')).toBe(
      'PutObject GetObject CreateMultipartUpload UploadPart UploadPart UploadPart UploadPart ListParts ' +
        'CompleteMultipartUpload GetObject GetObject HeadObject ListMultipartUploads',
    );
    expect(proxy.requests.every(({ outcome }) => outcome === 'answered')).toBe(true);
    expect(proxy.requests.every(({ key, operation }) => key === Key || operation.startsWith('List'))).toBe(
      true,
    );
    const parts = proxy.requests.filter(({ operation }) => operation === 'UploadPart');
    expect(parts.map(({ partNumber, status }) => `${partNumber}: ${status}`).toSorted()).toEqual([
      '1: 200',
      '2: 200',
      '3: 200',
      '4: 200',
    ]);
    expect(parts.every(({ requestBytes }) => requestBytes === 5 * MiB)).toBe(true);
    expect(proxy.requests[10]).toMatchObject({ range: 'bytes=5-9', status: 206, answerBytes: 5 });
  });

  it('fails each part its first time, and counts how often it was sent', async () => {
    const rule: Rule = {
      name: 'first time',
      match: { operation: 'UploadPart', nth: 1, per: 'request-identity' },
      do: { action: 'answer', status: 500, drain: true },
    };
    const { client, proxy } = await open([rule], 3);
    const bytes = randomBytes(20 * MiB);
    await upload(client, bytes);
    expect((await download(client)).equals(bytes)).toBe(true);
    for (const part of [1, 2, 3, 4]) {
      const sent = proxy.requests.filter(({ partNumber }) => partNumber === part);
      expect(sent).toMatchObject([
        { status: 500, fired: ['first time'] },
        { status: 200, fired: [] },
      ]);
    }
  });

  it('flips a bit, which the server notices', async () => {
    const { client } = await open([
      { match: { operation: 'PutObject' }, do: { action: 'flip', direction: 'up', atByte: 1 } },
    ]);
    const put = client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
    expect(await refusal(put)).toMatch(/^400 /);
  });

  it('lets rules change: their counts begin anew', async () => {
    const rule: Rule = { match: {}, times: 1, do: { action: 'answer', status: 403 } };
    const { client, proxy } = await open([rule]);
    const head = () => refusal(client.send(new HeadObjectCommand({ Bucket, Key })));
    expect([await head(), await head()]).toEqual(['403 Unknown', '404 NotFound']);
    proxy.setRules([rule]);
    expect(await head()).toBe('403 Unknown');
    const wrong = JSON.parse('[{"match":{},"do":{"action":"anwser"}}]');
    expect(() => proxy.setRules(wrong)).toThrow('rules[0].do.action');
  });
});
