import { createHash } from 'node:crypto';
import {
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { Bucket, crc32Base64, refusal, startTestServer, type TestServer } from './test-server.ts';
import { parseWays } from './ways.ts';

const s3 = startTestServer();

describe('ways of other servers', () => {
  it('refuses a second Complete, or repeats its answer', async () => {
    expect(await refusal((await completeTwice(s3)).second)).toBe('404 NoSuchUpload');
    await s3.restart({ ways: { secondComplete: '200' } });
    const { first, second } = await completeTwice(s3);
    expect((await second).ETag).toBe(first.ETag);
  });

  it('drops checksums in silence', async () => {
    await s3.restart({ ways: { checksums: 'dropped' } });
    const put = await s3.send({ Key: 'k', Body: 'hello', ChecksumCRC32: crc32Base64('wrong') });
    expect(put.ChecksumCRC32).toBeUndefined();
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    expect(head.ChecksumCRC32).toBeUndefined();
    expect((await s3.upload(await s3.create(), 1, 'x')).ChecksumCRC32).toBeUndefined();
  });

  it('rejects checksums', async () => {
    await s3.restart({ ways: { checksums: 'rejected' } });
    expect(await refusal(s3.send({ Key: 'k', Body: 'x' }))).toBe('501 NotImplemented');
    const plain = s3.createClient({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    await plain.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    expect(await s3.listKeys()).toEqual(['k']);
  });

  it('lists uploads only by their exact key', async () => {
    await s3.restart({ ways: { uploadsByPrefix: 'exact-key' } });
    await s3.create({ Key: 'dir/k' });
    const count = async (Prefix?: string) =>
      (await s3.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix }))).Uploads?.length ?? 0;
    expect([await count('dir/'), await count('dir/k'), await count()]).toEqual([0, 1, 1]);
    await s3.restart({ ways: { uploadsByPrefix: 'only-key' } });
    await s3.create({ Key: 'dir/k' });
    expect([await count('dir/'), await count('dir/k'), await count()]).toEqual([0, 1, 0]);
  });

  it('wants parts of one size', async () => {
    await s3.restart({ ways: { equalParts: true } });
    const UploadId = await s3.create();
    const parts = [
      await s3.upload(UploadId, 1, 'four'),
      await s3.upload(UploadId, 2, 'three'),
      await s3.upload(UploadId, 3, 'x'),
    ];
    expect(await refusal(s3.complete(UploadId, parts))).toBe('400 InvalidPart');
    parts[1] = await s3.upload(UploadId, 2, 'five');
    await s3.complete(UploadId, parts);
    expect(await s3.read('k')).toBe('fourfivex');
  });

  it('gives ETags that are no MD5, or none at all for Complete', async () => {
    await s3.restart({ ways: { etag: 'opaque', completeWithoutEtag: true } });
    const put = await s3.send({ Key: 'k', Body: 'hello' });
    expect(put.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(put.ETag).not.toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
    const UploadId = await s3.create();
    expect((await s3.complete(UploadId, [await s3.upload(UploadId, 1, 'x')])).ETag).toBeUndefined();
  });

  it('refuses to list parts', async () => {
    await s3.restart({ ways: { listParts: 'refused' } });
    const list = s3.client.send(new ListPartsCommand({ Bucket, Key: 'k', UploadId: await s3.create() }));
    expect(await refusal(list)).toBe('501 NotImplemented');
  });

  it('reads ways from text and refuses what it does not know', () => {
    expect(parseWays('checksums=dropped,equalParts=true')).toEqual({
      checksums: 'dropped',
      equalParts: true,
    });
    expect(() => parseWays('checksums=maybe')).toThrow(
      /expected one of kept, dropped, rejected, md5-required/,
    );
    expect(() => parseWays('colour=red')).toThrow(/unknown way/);
  });
});

async function completeTwice(s3: TestServer) {
  const UploadId = await s3.create();
  const parts = [await s3.upload(UploadId, 1, 'x')];
  const first = await s3.complete(UploadId, parts);
  return { first, second: s3.complete(UploadId, parts) };
}
