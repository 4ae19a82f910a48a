import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChosenServer } from '../servers/chosen-server.ts';
import { makeBytes, sha256 } from '../support/processes/files.ts';
import { openPlace, type Place } from '../support/processes/place.ts';
import { runProgram } from '../support/processes/program.ts';

const MiB = 1024 * 1024;
const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;
const why = hasBoto3 ? '' : ' (skipped: python3 with boto3 is not here)';
const { access, title } = await startChosenServer();

const SCRIPT = `
import boto3, sys
from boto3.s3.transfer import TransferConfig
endpoint, bucket, verb, path, key = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=endpoint, region_name='us-east-1')
config = TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20)
if verb == 'upload':
    s3.upload_file(path, bucket, key, Config=config)
else:
    s3.download_file(bucket, key, path, Config=config)
`;

describe.skipIf(access === undefined || !hasBoto3)(`with boto3, through ${title}${why}`, () => {
  it.each([0, 1, 5 * MiB, 12 * MiB + 1])('an object of %i bytes put by partwise is read', async (size) => {
    const place = await open();
    const bytes = makeBytes(size);
    await writeFile(join(place.dir, 'there'), bytes);
    expect(await place.partwise(['put', '-s', '5MiB', 'there', place.location('key')])).toMatchObject({
      code: 0,
    });
    await boto3(place, 'download', 'back', 'key');
    expect(sha256(await readFile(join(place.dir, 'back')))).toBe(sha256(bytes));
  });

  it.each([0, 1, 5 * MiB, 12 * MiB + 1])(
    'an object of %i bytes put by boto3 is fetched and verified',
    async (size) => {
      const place = await open();
      const bytes = makeBytes(size);
      await writeFile(join(place.dir, 'there'), bytes);
      await boto3(place, 'upload', 'there', 'key');
      const get = await place.partwise(['get', '--json', place.location('key'), 'back']);
      expect(get).toMatchObject({ code: 0 });
      expect(sha256(await readFile(join(place.dir, 'back')))).toBe(sha256(bytes));
      const { verified } = JSON.parse(get.stdout.split('\n')[0] ?? '');
      expect(verified.by).toMatch(/^(?:checksum|etag)$/);
    },
  );
});

async function open(): Promise<Place> {
  if (access === undefined) throw new Error('skipped');
  return await openPlace(access);
}

async function boto3(place: Place, verb: string, path: string, key: string): Promise<void> {
  if (access === undefined) throw new Error('skipped');
  const { PATH = '', HOME = '' } = process.env;
  const ended = await runProgram('python3', ['-c', SCRIPT, access.endpoint, place.bucket, verb, path, key], {
    cwd: place.dir,
    env: { PATH, HOME, AWS_ACCESS_KEY_ID: access.accessKeyId, AWS_SECRET_ACCESS_KEY: access.secretAccessKey },
  });
  expect(ended).toMatchObject({ code: 0 });
}
