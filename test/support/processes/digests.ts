import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { GetObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { Place } from './workspace.ts';

/** The SHA-256 of a file, read piece by piece; `undefined` when it is not there. */
export async function digestOfFile(path: string): Promise<string | undefined> {
  try {
    return await digest(createReadStream(path, { highWaterMark: 1024 * 1024 }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The SHA-256 of an object as the AWS SDK streams it; `undefined` when it is not there. */
export async function digestOfObject(
  { client, bucket }: Pick<Place, 'client' | 'bucket'>,
  key: string,
): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(Body instanceof Readable)) throw new Error('there is no body');
    return await digest(Body);
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

async function digest(bytes: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest('hex');
}
