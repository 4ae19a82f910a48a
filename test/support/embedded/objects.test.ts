import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketAclCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { Bucket, crc32Base64, refusal, startTestServer } from './test-server.ts';

const KIB = 1024;

const s3 = startTestServer();

describe('objects', () => {
  it('gives back the bytes, the metadata and the MD5 as ETag', async () => {
    const put = await s3.send({
      Key: 'k',
      Body: 'hello',
      Metadata: { a: 'b' },
      ContentType: 'text/x',
      Tagging: 'x=1&y=2',
    });
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    expect(put.ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
    expect(head).toMatchObject({
      ETag: put.ETag,
      ContentLength: 5,
      ContentType: 'text/x',
      Metadata: { a: 'b' },
      TagCount: 2,
    });
    expect(await s3.read('k')).toBe('hello');
  });

  it('takes a stream with its checksum in the trailer', async () => {
    await s3.send({
      Key: 'k',
      Body: Readable.from([Buffer.from('hel'), Buffer.from('lo')]),
      ContentLength: 5,
    });
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    expect(got.ChecksumCRC32).toBe(crc32Base64('hello'));
    expect(got.ContentEncoding).toBeUndefined();
    expect(await got.Body?.transformToString()).toBe('hello');
  });

  it('refuses a stream that does not match the checksum in its trailer', async () => {
    const tampering = s3.createClient();
    tampering.middlewareStack.add(
      (next) => (args) => {
        const { request } = args;
        if (isStreaming(request)) Object.assign(request, { body: Readable.from(replaceHello(request.body)) });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const Body = Readable.from([Buffer.from('hello')]);
    const put = tampering.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: 5 }));
    expect(await refusal(put)).toBe('400 BadDigest');
    expect(await s3.listKeys()).toEqual([]);
  });

  it.each([
    ['CRC32', { ChecksumCRC32: crc32Base64('x') }],
    ['SHA256', { ChecksumSHA256: createHash('sha256').update('x').digest('base64') }],
    ['MD5', { ContentMD5: createHash('md5').update('x').digest('base64') }],
  ])('refuses a wrong %s and keeps nothing', async (_, wrong) => {
    expect(await refusal(s3.send({ Key: 'k', Body: 'hello', ...wrong }))).toBe('400 BadDigest');
    expect(await s3.listKeys()).toEqual([]);
    expect(await s3.countFiles()).toBe(0);
  });

  it.each([
    ['bytes=1-3', 'ell', 'bytes 1-3/5'],
    ['bytes=3-', 'lo', 'bytes 3-4/5'],
    ['bytes=-2', 'lo', 'bytes 3-4/5'],
    ['bytes=1-99', 'ello', 'bytes 1-4/5'],
  ])('answers the range %s', async (Range, text, contentRange) => {
    await s3.send({ Key: 'k', Body: 'hello' });
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'k', Range }));
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got.ContentRange).toBe(contentRange);
    expect(await got.Body?.transformToString()).toBe(text);
  });

  it('refuses a range outside the object', async () => {
    await s3.send({ Key: 'k', Body: 'hello' });
    const get = s3.client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=5-' }));
    expect(await refusal(get)).toBe('416 InvalidRange');
  });

  it('holds reads to their conditions', async () => {
    const { ETag } = await s3.send({ Key: 'k', Body: 'hello' });
    const get = (condition: object) =>
      s3.client.send(new GetObjectCommand({ Bucket, Key: 'k', ...condition }));
    expect(await refusal(get({ IfMatch: '"other"' }))).toBe('412 PreconditionFailed');
    expect(await refusal(get({ IfNoneMatch: ETag }))).toMatch(/^304/);
    expect((await get({ IfMatch: ETag })).ContentLength).toBe(5);
  });

  it('holds writes to their conditions', async () => {
    const { ETag } = await s3.send({ Key: 'k', Body: 'one', IfNoneMatch: '*' });
    expect(await refusal(s3.send({ Key: 'k', Body: 'two', IfNoneMatch: '*' }))).toBe(
      '412 PreconditionFailed',
    );
    expect(await refusal(s3.send({ Key: 'k', Body: 'two', IfMatch: '"other"' }))).toBe(
      '412 PreconditionFailed',
    );
    expect(await refusal(s3.send({ Key: 'none', Body: 'two', IfMatch: ETag }))).toBe('404 NoSuchKey');
    expect(await s3.read('k')).toBe('one');
    await s3.send({ Key: 'k', Body: 'three', IfMatch: ETag });
    expect(await s3.read('k')).toBe('three');
  });

  it('lets only one of many simultaneous first writers win', async () => {
    const writers = Array.from({ length: 8 }, (_, index) =>
      s3.send({ Key: 'k', Body: `${index}`, IfNoneMatch: '*' }),
    );
    const settled = await Promise.allSettled(writers);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('leaves nothing of an upload that breaks off', async () => {
    const headers = await s3.signHeaders(
      new PutObjectCommand({ Bucket, Key: 'k', Body: 'x'.repeat(64 * KIB) }),
    );
    const put = httpRequest(`${s3.server.endpoint}/${Bucket}/k?x-id=PutObject`, { method: 'PUT', headers });
    const broken = new Promise((resolve) => put.on('error', resolve));
    put.write('x'.repeat(KIB));
    expect(await s3.settledFileCount(1)).toBe(1);
    put.destroy(new Error('broke off'));
    await broken;
    expect(await s3.settledFileCount(0)).toBe(0);
    expect(await s3.listKeys()).toEqual([]);
  });

  it('lets a reader finish with the bytes it began with', async () => {
    const old = Buffer.alloc(8 * KIB * KIB, 'o');
    await s3.send({ Key: 'k', Body: old });
    const got = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    await s3.send({ Key: 'k', Body: 'new' });
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    const bytes = await got.Body?.transformToByteArray();
    expect(old.equals(bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('copies without the source having to stay', async () => {
    await s3.send({ Key: 'k', Body: 'hello', Metadata: { a: 'b' } });
    await s3.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect(await s3.read('copy')).toBe('hello');
  });

  it('says 501 to what it does not know', async () => {
    expect(await refusal(s3.client.send(new PutBucketAclCommand({ Bucket, ACL: 'private' })))).toBe(
      '501 NotImplemented',
    );
  });
});

function isStreaming(request: unknown): request is { readonly body: Readable } {
  return (
    typeof request === 'object' && request !== null && 'body' in request && request.body instanceof Readable
  );
}

async function* replaceHello(body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const piece of body) yield Buffer.from(String(piece).replace('hello', 'jello'));
}
