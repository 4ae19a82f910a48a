import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { makeBytes } from '../support/processes/files.ts';
import type { Place } from '../support/processes/place.ts';
import {
  beginUpload,
  headObject,
  listKeys,
  listUploads,
  readObject,
  storeObject,
} from '../support/processes/remote.ts';

/** What a server shows when it is asked: a word for the table. */
export type Probe = (place: Place) => Promise<string>;

const MiB = 1024 * 1024;
const BYTES = makeBytes(11 * MiB);
const IN_PARTS = ['-s', '5MiB'];

const said = (isSo: boolean): string => (isSo ? 'yes' : 'no');

/** How a request ended: its status; 200 for one that went well. */
async function statusOf(sent: Promise<unknown>): Promise<number> {
  try {
    await sent;
    return 200;
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error)) throw error;
    const { $metadata } = error;
    const isTold = typeof $metadata === 'object' && $metadata !== null && 'httpStatusCode' in $metadata;
    return isTold ? Number($metadata.httpStatusCode) : 0;
  }
}

async function isRefused(sent: Promise<unknown>): Promise<boolean> {
  return (await statusOf(sent)) >= 400;
}

/** Puts the file as `key` with these flags; the exit code. */
async function put(place: Place, key: string, ...flags: readonly string[]): Promise<number | null> {
  await writeFile(join(place.dir, 'file'), BYTES);
  return (await place.partwise(['put', ...IN_PARTS, ...flags, 'file', place.location(key)])).code;
}

/** The first result of a command. */
async function resultOf(place: Place, args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await place.partwise([...args, '--json']);
  return JSON.parse(stdout.split('\n')[0] ?? '');
}

/** The name of what proved a transfer. */
async function proofOf(place: Place, args: readonly string[]): Promise<string> {
  const { verified } = await resultOf(place, args);
  if (typeof verified !== 'object' || verified === null) return 'fails';
  if ('by' in verified && verified.by === 'checksum' && 'algorithm' in verified)
    return String(verified.algorithm);
  return 'by' in verified ? String(verified.by) : '?';
}

async function comesBack(place: Place, key: string, ...flags: readonly string[]): Promise<boolean> {
  if ((await put(place, key, ...flags)) !== 0) return false;
  const { bytes } = await place.partwise(['get', ...IN_PARTS, place.location(key), '-']);
  return BYTES.equals(bytes);
}

/** A multipart upload of one small part, to be completed under a condition. */
async function completeIfAbsent({ client, bucket: Bucket }: Place, Key: string): Promise<unknown> {
  const UploadId = await beginUpload({ client, bucket: Bucket }, Key, 0);
  const { ETag } = await client.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'new' }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  return await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, IfNoneMatch: '*' }),
  );
}

async function keepsTag(place: Place, ...flags: readonly string[]): Promise<boolean> {
  if ((await put(place, 'key', '--tag', 'by=me', ...flags)) !== 0) return false;
  const { client, bucket: Bucket } = place;
  try {
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'key' }));
    return TagSet[0]?.Value === 'me';
  } catch {
    return false;
  }
}

/** One row of the table each: what is asked, by the program where it can, else by the SDK. */
export const CAPABILITIES: readonly (readonly [string, Probe])[] = [
  [
    'an object of several parts comes back as it was',
    async (place) => said(await comesBack(place, 'key', '--multipart-threshold', '5MiB')),
  ],
  [
    'a `put` in parts is proven by',
    async (place) => {
      await writeFile(join(place.dir, 'file'), BYTES);
      return await proofOf(place, ['put', ...IN_PARTS, 'file', place.location('key')]);
    },
  ],
  [
    'a `get` of it is proven by',
    async (place) => {
      await put(place, 'key');
      return await proofOf(place, ['get', ...IN_PARTS, place.location('key'), 'back']);
    },
  ],
  [
    'keeps the checksum an object came with',
    async ({ client, bucket: Bucket }) => {
      await client.send(
        new PutObjectCommand({ Bucket, Key: 'key', Body: 'text', ChecksumAlgorithm: 'CRC32' }),
      );
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'key', ChecksumMode: 'ENABLED' }));
      return said(head.ChecksumCRC32 !== undefined);
    },
  ],
  [
    'refuses bytes that a checksum contradicts',
    async ({ client, bucket: Bucket }) => {
      const wrong = { Body: 'text', ChecksumCRC32: 'AAAAAA==' };
      return said(await isRefused(client.send(new PutObjectCommand({ Bucket, Key: 'key', ...wrong }))));
    },
  ],
  [
    'only where no object is: one request',
    async (place) => {
      await storeObject(place, 'key', 'old');
      const { client, bucket: Bucket } = place;
      const wanted = { Bucket, Key: 'key', Body: 'new', IfNoneMatch: '*' };
      return said((await statusOf(client.send(new PutObjectCommand(wanted)))) === 412);
    },
  ],
  [
    'only where no object is: in parts',
    async (place) => {
      await storeObject(place, 'key', 'old');
      return said((await statusOf(completeIfAbsent(place, 'key'))) === 412);
    },
  ],
  [
    'only over the object with this ETag',
    async (place) => {
      await storeObject(place, 'key', 'old');
      const { client, bucket: Bucket } = place;
      const { ETag } = await headObject(place, 'key');
      const over = (IfMatch: string | undefined): Promise<number> =>
        statusOf(client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'new', IfMatch })));
      return said((await over('"00000000000000000000000000000000"')) === 412 && (await over(ETag)) === 200);
    },
  ],
  [
    'lists unfinished uploads of a bucket',
    async (place) => {
      await beginUpload(place, 'dir/key');
      return said((await listUploads(place)).length === 1);
    },
  ],
  [
    'lists unfinished uploads by prefix',
    async (place) => {
      await beginUpload(place, 'dir/key');
      const listing = new ListMultipartUploadsCommand({ Bucket: place.bucket, Prefix: 'dir/' });
      return said((await place.client.send(listing)).Uploads?.length === 1);
    },
  ],
  [
    '`ls -I` under a prefix finds them',
    async (place) => {
      const uploadId = await beginUpload(place, 'dir/key');
      const found = await resultOf(place, ['ls', '-I', place.location('dir/')]);
      return said(found['uploadId'] === uploadId && found['lastActivity'] !== null);
    },
  ],
  [
    'resumes with `--upload-id`, without a journal',
    async (place) => {
      const { client, bucket: Bucket } = place;
      const ChecksumAlgorithm = 'CRC32';
      const { UploadId = '' } = await client.send(
        new CreateMultipartUploadCommand({ Bucket, Key: 'key', ChecksumAlgorithm }),
      );
      const Body = BYTES.subarray(0, 5 * MiB);
      await client.send(
        new UploadPartCommand({ Bucket, Key: 'key', UploadId, PartNumber: 1, Body, ChecksumAlgorithm }),
      );
      await writeFile(join(place.dir, 'file'), BYTES);
      const args = ['put', ...IN_PARTS, '--upload-id', UploadId, 'file', place.location('key')];
      const { status, resumedParts } = await resultOf(place, args);
      return said(status === 'done' && resumedParts === 1 && BYTES.equals(await readObject(place, 'key')));
    },
  ],
  [
    'takes a part again, with other bytes',
    async (place) => {
      const uploadId = await beginUpload(place, 'key');
      const { client, bucket: Bucket } = place;
      const again = { Bucket, Key: 'key', UploadId: uploadId, PartNumber: 1, Body: 'other' };
      return said(!(await isRefused(client.send(new UploadPartCommand(again)))));
    },
  ],
  [
    '`abort` leaves nothing',
    async (place) => {
      await beginUpload(place, 'key', 2);
      const { code } = await place.partwise(['abort', place.location('key')]);
      return said(code === 0 && (await listUploads(place)).length === 0);
    },
  ],
  [
    'keeps the rule that aborts unfinished uploads',
    async ({ client, bucket: Bucket }) => {
      const rule = {
        ID: 'abort',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      };
      const LifecycleConfiguration = { Rules: [rule] };
      if (
        await isRefused(
          client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration })),
        )
      )
        return 'no';
      const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      return said(Rules[0]?.AbortIncompleteMultipartUpload?.DaysAfterInitiation === 7);
    },
  ],
  [
    'metadata and headers',
    async (place) => {
      const code = await put(place, 'key', '--metadata', 'by=me', '--cache-control', 'max-age=60');
      if (code !== 0) return 'no';
      const { Metadata, CacheControl } = await headObject(place, 'key');
      return said(Metadata?.['by'] === 'me' && CacheControl === 'max-age=60');
    },
  ],
  ['tags: one request', async (place) => said(await keepsTag(place, '--multipart-threshold', '20MiB'))],
  ['tags: in parts', async (place) => said(await keepsTag(place))],
  [
    'versions',
    async (place) => {
      const { client, bucket: Bucket } = place;
      const VersioningConfiguration = { Status: 'Enabled' as const };
      const enable = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration });
      if (await isRefused(client.send(enable))) return 'no';
      const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket, Key: 'key', Body: 'old' }));
      await storeObject(place, 'key', 'new');
      const get = await place.partwise(['get', '--version-id', VersionId, place.location('key'), '-']);
      return said(get.stdout === 'old');
    },
  ],
  [
    'encryption by the service (`--sse AES256`)',
    async (place) => {
      const code = await put(place, 'key', '--sse', 'AES256');
      return said(code === 0 && (await headObject(place, 'key')).ServerSideEncryption === 'AES256');
    },
  ],
  [
    'encryption with a key of your own (`--sse-c-key`)',
    async (place) => {
      await writeFile(join(place.dir, 'secret'), makeBytes(32));
      if ((await put(place, 'key', '--sse-c-key', 'secret')) !== 0) return 'no';
      const withKey = await place.partwise(['get', '--sse-c-key', 'secret', place.location('key'), '-']);
      const without = await place.partwise(['get', place.location('key'), '-']);
      // A server that hands the object out without the key has not encrypted it.
      return said(BYTES.equals(withKey.bytes) && without.code !== 0);
    },
  ],
  [
    'an object `a` beside an object `a/b`',
    async (place) => said((await put(place, 'a')) === 0 && (await put(place, 'a/b')) === 0),
  ],
  [
    'a key `a//b`',
    async (place) => {
      const isBack = await comesBack(place, 'a//b');
      return said(isBack && (await listKeys(place)).includes('a//b'));
    },
  ],
];
