import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { Bucket, crc32Base64, digest, refusal, startTestServer } from './test-server.ts';

const s3 = startTestServer();

describe('multipart uploads', () => {
  it('makes an object of the listed parts, a re-uploaded one included', async () => {
    const UploadId = await s3.create();
    await s3.upload(UploadId, 2, 'stale');
    const parts = [await s3.upload(UploadId, 2, 'hello '), await s3.upload(UploadId, 7, 'world')];
    await s3.upload(UploadId, 9, 'unlisted');
    const done = await s3.complete(UploadId, parts);
    const md5s = ['hello ', 'world'].map((text) => createHash('md5').update(text).digest());
    expect(done.ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"`);
    expect(await s3.read('k')).toBe('hello world');
    const second = await s3.client.send(new GetObjectCommand({ Bucket, Key: 'k', PartNumber: 2 }));
    expect(await second.Body?.transformToString()).toBe('world');
    expect(second.PartsCount).toBe(2);
    expect(await s3.settledFileCount(2)).toBe(2);
  });

  it('lists parts page by page in order', async () => {
    const UploadId = await s3.create();
    for (const number of [5, 1, 3, 2, 4]) await s3.upload(UploadId, number, `part ${number}`);
    const pages: (number | undefined)[][] = [];
    let marker: string | undefined;
    do {
      const page = await s3.client.send(
        new ListPartsCommand({ Bucket, Key: 'k', UploadId, MaxParts: 2, PartNumberMarker: marker }),
      );
      pages.push((page.Parts ?? []).map(({ PartNumber }) => PartNumber));
      expect(page.Parts?.[0]?.Size).toBe(6);
      expect(page.Parts?.[0]?.ChecksumCRC32).toBe(crc32Base64(`part ${page.Parts?.[0]?.PartNumber}`));
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    expect(pages).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('pages through uploads of the same key, even when the marker upload is gone', async () => {
    const ids: string[] = [];
    for (const key of ['a', 'b', 'b', 'b', 'c']) ids.push(await s3.create({ Key: key }));
    const list = (KeyMarker?: string, UploadIdMarker?: string) =>
      s3.client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 2, KeyMarker, UploadIdMarker }));
    const first = await list();
    expect(first.Uploads?.map(({ UploadId }) => UploadId)).toEqual(ids.slice(0, 2));
    await s3.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'b', UploadId: ids[1] }));
    const second = await list(first.NextKeyMarker, first.NextUploadIdMarker);
    expect(second.Uploads?.map(({ UploadId }) => UploadId)).toEqual(ids.slice(2, 4));
    const third = await list(second.NextKeyMarker, second.NextUploadIdMarker);
    expect(third.Uploads?.map(({ UploadId }) => UploadId)).toEqual(ids.slice(4));
    expect(third.IsTruncated).toBe(false);
  });

  it('dates uploads and answers by its own clock', async () => {
    s3.server.setClock(() => new Date('2001-02-03T04:05:06Z'));
    s3.server.advance(1000);
    await s3.create();
    const { Uploads } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.[0]?.Initiated?.toISOString()).toBe('2001-02-03T04:05:07.000Z');
    const response = await fetch(s3.server.endpoint);
    expect(response.headers.get('date')).toBe('Sat, 03 Feb 2001 04:05:07 GMT');
  });

  it.each([
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['CRC32', 'COMPOSITE'],
    ['SHA256', 'COMPOSITE'],
  ] as const)('computes %s of type %s for the whole object, and verifies it', async (algorithm, type) => {
    const name = `Checksum${algorithm}` as const;
    const texts = ['hello ', 'world'];
    const digests = texts.map((text) => digest(algorithm, text));
    const whole =
      type === 'FULL_OBJECT'
        ? digest(algorithm, 'hello world').toString('base64')
        : `${digest(algorithm, Buffer.concat(digests)).toString('base64')}-2`;
    const UploadId = await s3.create({ ChecksumAlgorithm: algorithm, ChecksumType: type });
    const parts = [];
    for (const [index, text] of texts.entries()) {
      const part = { Bucket, Key: 'k', UploadId, PartNumber: index + 1 };
      const { ETag, [name]: value } = await s3.client.send(
        new UploadPartCommand({ ...part, Body: text, ChecksumAlgorithm: algorithm }),
      );
      parts.push({ PartNumber: index + 1, ETag, [name]: value });
    }
    const wrong = s3.complete(UploadId, parts, { [name]: digest(algorithm, 'other').toString('base64') });
    expect(await refusal(wrong)).toBe('400 BadDigest');
    const done = await s3.complete(UploadId, parts, { [name]: whole });
    expect(done[name]).toBe(whole);
    expect(done.ChecksumType).toBe(type);
  });

  it('refuses lists that are out of order, wrong, or of parts too small', async () => {
    await s3.restart({ smallestPartBytes: 6 });
    const UploadId = await s3.create();
    const [one, two] = [await s3.upload(UploadId, 1, 'small'), await s3.upload(UploadId, 2, 'larger')];
    expect(await refusal(s3.complete(UploadId, [two, one]))).toBe('400 InvalidPartOrder');
    expect(await refusal(s3.complete(UploadId, [one, { ...two, ETag: '"0"' }]))).toBe('400 InvalidPart');
    expect(await refusal(s3.complete(UploadId, [one, { ...two, PartNumber: 3 }]))).toBe('400 InvalidPart');
    expect(await refusal(s3.complete(UploadId, [one, two]))).toBe('400 EntityTooSmall');
    expect(await refusal(s3.upload(UploadId, 10_001, 'x'))).toBe('400 InvalidArgument');
    await s3.complete(UploadId, [two]);
    expect(await s3.read('k')).toBe('larger');
  });

  it('holds Complete to its conditions and leaves the upload as it was', async () => {
    await s3.send({ Key: 'k', Body: 'first' });
    const UploadId = await s3.create();
    const part = await s3.upload(UploadId, 1, 'second');
    expect(await refusal(s3.complete(UploadId, [part], { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
    expect(await s3.read('k')).toBe('first');
    await s3.complete(UploadId, [part]);
    expect(await s3.read('k')).toBe('second');
  });

  it('forgets an aborted upload and its bytes', async () => {
    const UploadId = await s3.create();
    await s3.upload(UploadId, 1, 'bytes');
    const abort = () => s3.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }));
    await abort();
    expect(await refusal(abort())).toBe('404 NoSuchUpload');
    expect(await refusal(s3.upload(UploadId, 2, 'late'))).toBe('404 NoSuchUpload');
    expect(await s3.settledFileCount(0)).toBe(0);
  });

  it('copies a range of an object into a part', async () => {
    await s3.send({ Key: 'source', Body: 'hello world' });
    const UploadId = await s3.create();
    const copied = { Bucket, Key: 'k', UploadId, PartNumber: 1, CopySource: `${Bucket}/source` };
    const { CopyPartResult } = await s3.client.send(
      new UploadPartCopyCommand({ ...copied, CopySourceRange: 'bytes=6-10' }),
    );
    await s3.complete(UploadId, [
      { PartNumber: 1, ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 },
    ]);
    expect(await s3.read('k')).toBe('world');
  });
});
