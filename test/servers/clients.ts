import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Upload } from '@aws-sdk/lib-storage';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type { Place, ServerAccess } from '../support/processes/place.ts';
import { runProgram } from '../support/processes/program.ts';
import { storeObject } from '../support/processes/remote.ts';
import { installProgram } from './install.ts';
import type { Skipped } from './server.ts';

/** A program of others that stores and fetches objects. */
export type OtherClient = {
  /** Stores a file in parts of this many bytes, or whole. */
  upload(place: Place, path: string, key: string, partSize: number | 'whole'): Promise<void>;
  download(place: Place, key: string, path: string): Promise<void>;
};

export const CLIENT_NAMES = ['aws-cli', 'boto3', 'boto3 without checksums', 'rclone', 'the AWS SDK'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** What aws-cli and boto3 take for a part where nothing is said, as most people do. */
const AS_IT_IS = 8 * 1024 ** 2;
/** More than any file of the tests. */
const WHOLE = 1024 ** 3;

/** Finds a client, and has it talk to this server. */
export async function openClient(name: ClientName, access: ServerAccess): Promise<OtherClient | Skipped> {
  switch (name) {
    case 'aws-cli':
    case 'boto3':
    case 'boto3 without checksums': {
      const installed = await installProgram('python-clients');
      if ('skipped' in installed) return installed;
      const env = pythonEnv(installed.folder, access);
      if (name === 'aws-cli') return awsCli(env, access);
      // As all clients were until 2025, and what they stored is still there.
      const older = { AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' };
      return boto3(name === 'boto3' ? env : { ...env, ...older }, access);
    }
    case 'rclone': {
      const installed = await installProgram('rclone');
      return 'skipped' in installed ? installed : rclone(installed.binary, access);
    }
    case 'the AWS SDK':
      return awsSdk();
  }
}

function awsCli(env: Record<string, string>, access: ServerAccess): OtherClient {
  const copy = async (place: Place, from: string, to: string, settings: string): Promise<void> => {
    const config = join(place.dir, 'aws-config');
    await writeFile(config, `[default]\ns3 =\n${settings}`);
    const args = [
      '-m',
      'awscli',
      '--endpoint-url',
      access.endpoint,
      's3',
      'cp',
      '--only-show-errors',
      from,
      to,
    ];
    await run(place, 'python3', args, { ...env, AWS_CONFIG_FILE: config });
  };
  return {
    upload: (place, path, key, partSize) => copy(place, path, place.location(key), settingsOf(partSize)),
    download: (place, key, path) => copy(place, place.location(key), path, settingsOf(AS_IT_IS)),
  };
}

function settingsOf(partSize: number | 'whole'): string {
  // An empty section is refused.
  if (partSize === AS_IT_IS) return '  max_concurrent_requests = 4\n';
  const bytes = partSize === 'whole' ? WHOLE : partSize;
  return `  multipart_threshold = ${bytes}\n  multipart_chunksize = ${bytes}\n`;
}

const BOTO3 = `
import boto3, sys
from boto3.s3.transfer import TransferConfig
endpoint, bucket, verb, path, key, size = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=endpoint)
config = TransferConfig(multipart_threshold=int(size), multipart_chunksize=int(size))
if verb == 'upload':
    s3.upload_file(path, bucket, key, Config=config)
else:
    s3.download_file(bucket, key, path, Config=config)
`;

function boto3(env: Record<string, string>, access: ServerAccess): OtherClient {
  const script = (place: Place, verb: string, path: string, key: string, size: number): Promise<void> => {
    const args = ['-c', BOTO3, access.endpoint, place.bucket, verb, path, key, String(size)];
    return run(place, 'python3', args, env);
  };
  return {
    upload: (place, path, key, partSize) =>
      script(place, 'upload', path, key, partSize === 'whole' ? WHOLE : partSize),
    download: (place, key, path) => script(place, 'download', path, key, AS_IT_IS),
  };
}

function rclone(binary: string, { endpoint, accessKeyId, secretAccessKey }: ServerAccess): OtherClient {
  const copy = (place: Place, from: string, to: string, bytes = WHOLE): Promise<void> =>
    run(
      place,
      binary,
      ['copyto', '--config', '', '--s3-provider', 'Other', '--s3-endpoint', endpoint, '--s3-no-check-bucket']
        .concat('--s3-upload-cutoff', `${bytes}B`, '--s3-chunk-size', `${Math.min(bytes, 64 * 1024 ** 2)}B`)
        .concat(from, to),
      { RCLONE_S3_ACCESS_KEY_ID: accessKeyId, RCLONE_S3_SECRET_ACCESS_KEY: secretAccessKey },
    );
  return {
    upload: (place, path, key, partSize) =>
      copy(place, path, `:s3:${place.bucket}/${key}`, partSize === 'whole' ? WHOLE : partSize),
    download: (place, key, path) => copy(place, `:s3:${place.bucket}/${key}`, path),
  };
}

function awsSdk(): OtherClient {
  return {
    async upload(place, path, key, partSize) {
      const bytes = await readFile(join(place.dir, path));
      if (partSize === 'whole') return await storeObject(place, key, bytes);
      const params = { Bucket: place.bucket, Key: key, Body: bytes };
      await new Upload({ client: place.client, partSize, params }).done();
    },
    async download({ client, bucket, dir }, key, path) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!(Body instanceof Readable)) throw new Error('there is no body');
      await pipeline(Body, createWriteStream(join(dir, path)));
    },
  };
}

function pythonEnv(packages: string, access: ServerAccess): Record<string, string> {
  return {
    PYTHONPATH: packages,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  };
}

async function run(
  { dir }: Place,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const { code, stdout, stderr } = await runProgram(command, args, { cwd: dir, env: { PATH, HOME, ...env } });
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: ${stdout}${stderr}`);
}
