import { ListObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { HttpResponse } from '@smithy/core/protocols';
import { readDocument } from '../../../src/s3/check-answer.ts';
import type { ObjectPage } from '../../../src/s3/object-page.ts';
import { pageOf } from '../../../src/s3/sdk-pages.ts';

let answer = '';
const client = new S3Client({
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1:1',
  credentials: { accessKeyId: 'k', secretAccessKey: 's' },
  maxAttempts: 1,
  requestHandler: {
    handle: () =>
      Promise.resolve({
        response: new HttpResponse({ statusCode: 200, headers: {}, body: new TextEncoder().encode(answer) }),
      }),
  },
});

/** A page as the SDK reads it once our own checks have let it through; `undefined` where either refuses. */
export async function readBySdk(xml: string): Promise<ObjectPage | undefined> {
  const rules = { what: 'list', roots: ['ListBucketResult'], maxBytes: 2 ** 24 };
  try {
    return await readVetted(await readDocument({ status: 200, headers: {} }, xml, rules));
  } catch {
    return undefined;
  }
}

/** A page that our checks have let through, as the SDK reads it by either version; `undefined` where it refuses. */
export async function readVetted(xml: string, version: 'v1' | 'v2' = 'v2'): Promise<ObjectPage | undefined> {
  answer = xml;
  const params = { Bucket: 'b' };
  try {
    if (version === 'v1') return pageOf(await client.send(new ListObjectsCommand(params)));
    return pageOf(await client.send(new ListObjectsV2Command(params)));
  } catch {
    return undefined;
  }
}
