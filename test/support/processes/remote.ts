import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Place } from './place.ts';

// What is in a place's bucket, seen and changed through the AWS SDK: another client than the one under test.
type Bucket = Pick<Place, 'client' | 'bucket'>;

/** Stores an object. */
export async function storeObject(
  { client, bucket }: Bucket,
  key: string,
  body: string | Buffer,
): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/** The bytes of an object. */
export async function readObject({ client, bucket }: Bucket, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** What the server says of an object. */
export async function headObject({ client, bucket }: Bucket, key: string): Promise<HeadObjectCommandOutput> {
  return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
}

/** All keys, in the server's order. */
export async function listKeys({ client, bucket }: Bucket): Promise<string[]> {
  const { Contents = [], EncodingType } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }),
  );
  // Not every server does as it is asked, but it says so.
  const isEncoded = EncodingType === 'url';
  return Contents.map(({ Key = '' }) => (isEncoded ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key));
}

/** The unfinished uploads, as `key id`. */
export async function listUploads({ client, bucket }: Bucket): Promise<string[]> {
  try {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return Uploads.map(({ Key, UploadId }) => `${Key} ${UploadId}`);
  } catch (error) {
    // rclone's way to say that a bucket never had any.
    if (error instanceof Error && error.name === 'NoSuchUpload') return [];
    throw error;
  }
}

/** Aborts every unfinished upload of a key. */
export async function abortUploads({ client, bucket }: Bucket, key: string): Promise<void> {
  for (const upload of await listUploads({ client, bucket })) {
    const [found, UploadId] = upload.split(' ');
    if (found === key)
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId }));
  }
}

/** Begins an upload and leaves it unfinished, with this many parts of a few bytes. */
export async function beginUpload({ client, bucket }: Bucket, key: string, parts = 1): Promise<string> {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
  for (let number = 1; number <= parts; number++) await addPart({ client, bucket }, key, UploadId, number);
  return UploadId;
}

/** Stores one part of five bytes. */
export async function addPart(
  { client, bucket }: Bucket,
  key: string,
  uploadId: string,
  number: number,
): Promise<void> {
  await client.send(
    new UploadPartCommand({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      PartNumber: number,
      Body: 'bytes',
    }),
  );
}
