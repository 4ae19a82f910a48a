/**
 * The main job on a fresh machine: the built program against the embedded S3 server, as a user would run it.
 * `npm run demo`
 */
import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { type EmbeddedServer, startServer } from '../embedded/server.ts';

const MIB = 1024 ** 2;
const BUCKET = 'demo';
const PROGRAM = resolve(import.meta.dirname, '../../../bin/partwise.cjs');

// The SDK would warn about Node 20 in the middle of the demo.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const folder = await mkdtemp(join(tmpdir(), 'partwise-demo-'));
try {
  const server = await startServer({ dir: join(folder, 'server'), buckets: [BUCKET] });
  try {
    await demonstrate(server);
  } finally {
    await server.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function demonstrate(server: EmbeddedServer): Promise<void> {
  say('an S3 server of our own is listening; the four variables name it');
  const file = join(folder, 'holiday.bin');
  await writeRandomFile(file, 100);

  await partwise(server, ['put', file, `s3://${BUCKET}/photos/`]);
  await partwise(server, ['ls', '-r', '-H', `s3://${BUCKET}`]);
  const copy = join(folder, 'copy.bin');
  await partwise(server, ['get', `s3://${BUCKET}/photos/holiday.bin`, copy]);
  const isSame = (await sumOf(file)) === (await sumOf(copy));
  say(`SHA-256 of both files: ${isSame ? 'the same' : 'DIFFERENT'}`);

  say('another program was killed in the middle of an upload, three days ago …');
  await leaveUploadBehind(server);
  await partwise(server, ['ls', '-I', `s3://${BUCKET}`]);
  await partwise(server, ['cleanup', `s3://${BUCKET}`, '--older-than', '24h', '--dry-run']);
  await partwise(server, ['cleanup', `s3://${BUCKET}`, '--older-than', '24h']);
  await partwise(server, ['ls', '-I', `s3://${BUCKET}`]);
  if (!isSame) throw new Error('the file did not come back as it went');
  say('done; nothing is left behind');
}

function say(sentence: string): void {
  process.stdout.write(`\n# ${sentence}\n`);
}

/** Runs the program on this very terminal, and stops the demo if it fails. */
async function partwise(server: EmbeddedServer, args: readonly string[]): Promise<void> {
  process.stdout.write(`\n$ partwise ${args.join(' ')}\n`);
  const env = {
    ...process.env,
    ENDPOINT: server.endpoint,
    BUCKET_NAME: BUCKET,
    ACCESS_KEY_ID: server.accessKeyId,
    SECRET_KEY: server.secretAccessKey,
  };
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'inherit', env });
  const code = await new Promise<number | null>((settle, fail) => {
    child.on('error', fail);
    child.on('close', settle);
  });
  if (code !== 0) throw new Error(`partwise ended with ${code}`);
}

async function writeRandomFile(path: string, mebibytes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < mebibytes; written++) await file.write(randomFillSync(Buffer.alloc(MIB)));
  } finally {
    await file.close();
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes);
  return hash.digest('hex');
}

/** Begins an upload, sends one part, and goes away; the server believes that this was three days ago. */
async function leaveUploadBehind(server: EmbeddedServer): Promise<void> {
  const threeDays = 3 * 86_400_000;
  server.advance(-threeDays);
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  });
  const upload = await client.send(
    new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'forgotten.tar' }),
  );
  const part = { Bucket: BUCKET, Key: 'forgotten.tar', UploadId: upload.UploadId, PartNumber: 1 };
  await client.send(new UploadPartCommand({ ...part, Body: Buffer.alloc(5 * MIB) }));
  client.destroy();
  server.advance(threeDays);
}
