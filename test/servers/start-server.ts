import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startServer as startEmbeddedServer } from '../support/embedded/server.ts';
import { installProgram } from './install.ts';
import { startRadosgw } from './radosgw.ts';
import { type ServerProcess, type Start, startProcess } from './server-process.ts';
import type { RealServerName, RunningServer, ServerName, Skipped } from './server.ts';

const accessKeyId = 'access-key-of-tests';
const secretAccessKey = 'secret-key-of-the-tests';
const bucket = 'boxes';

/**
 * Starts a server on a free port of the loopback interface, with a folder and a bucket of its own; installs it
 * before where that has not been done. A server that cannot be had here is told, not thrown.
 */
export async function startServer(name: ServerName): Promise<RunningServer | Skipped> {
  const dir = await mkdtemp(join(tmpdir(), `partwise-${name}-`));
  try {
    const started = await start(name, dir);
    if ('skipped' in started) {
      await rm(dir, { recursive: true });
      return started;
    }
    const server = { name, endpoint: started.endpoint, accessKeyId, secretAccessKey, bucket };
    await createBucket(server);
    return {
      ...server,
      async stop() {
        await started.stop();
        await rm(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function start(name: ServerName, dir: string): Promise<ServerProcess | Skipped> {
  if (name === 'embedded') {
    const server = await startEmbeddedServer({ dir, accessKeyId, secretAccessKey });
    return { endpoint: server.endpoint, stop: () => server.close() };
  }
  const installed = await installProgram(name);
  if ('skipped' in installed) return installed;
  const data = join(dir, 'data');
  for (const folder of [data, `${data}-versions`]) await mkdir(folder);
  if (name === 'radosgw') return await startRadosgw(data, { accessKeyId, secretAccessKey });
  return await startProcess(installed.binary, (address) => startOf(name, address, data));
}

function startOf(name: Exclude<RealServerName, 'radosgw'>, address: string, data: string): Start {
  switch (name) {
    case 'versitygw': {
      const access = ['--access', accessKeyId, '--secret', secretAccessKey];
      const place = ['posix', '--versioning-dir', `${data}-versions`, data];
      return { args: [...access, '--port', address, '--keep-alive', '--quiet', ...place] };
    }
    case 'minio':
      return {
        args: ['server', '--address', address, '--quiet', join(data, 'drive')],
        env: {
          // It makes a folder there.
          HOME: data,
          MINIO_ROOT_USER: accessKeyId,
          MINIO_ROOT_PASSWORD: secretAccessKey,
          MINIO_BROWSER: 'off',
        },
      };
    case 'rclone': {
      const access = ['--auth-key', `${accessKeyId},${secretAccessKey}`];
      return { args: ['serve', 's3', '--config', '', '--addr', address, ...access, data] };
    }
  }
}

/** Makes an empty bucket beside, or instead of, the one that every server has. */
export async function createBucket(
  { endpoint }: Pick<RunningServer, 'endpoint'>,
  name = bucket,
): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } finally {
    client.destroy();
  }
}
