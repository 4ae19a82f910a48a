import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach } from 'vitest';
import { type ChecksumAlgorithm, startChecksum } from './checksums.ts';
import { type EmbeddedServer, type ServerOptions, startServer } from './server.ts';

/** The bucket every test server starts with. */
export const Bucket = 'boxes';

/** A fresh server for each test, and short words for what the tests do with it; uploads have the key `k`. */
export interface TestServer {
  readonly server: EmbeddedServer;
  readonly client: S3Client;
  restart(options: Partial<ServerOptions>): Promise<void>;
  createClient(config?: S3ClientConfig): S3Client;
  /** The headers the SDK would send, signature included. */
  signHeaders(command: PutObjectCommand): Promise<Record<string, string>>;
  send(input: Partial<PutObjectCommandInput> & { Key: string }): Promise<PutObjectCommandOutput>;
  read(key: string): Promise<string | undefined>;
  listKeys(): Promise<(string | undefined)[]>;
  create(input?: Partial<CreateMultipartUploadCommandInput>): Promise<string>;
  upload(uploadId: string, number: number, text: string): Promise<CompletedPart>;
  complete(
    uploadId: string,
    parts: CompletedPart[],
    input?: Partial<CompleteMultipartUploadCommandInput>,
  ): Promise<CompleteMultipartUploadCommandOutput>;
  countFiles(): Promise<number>;
  /** Waits for that many files: they come and go beside the answers. A failure is the test's own timeout. */
  settledFileCount(expected: number): Promise<number>;
}

/** Starts a server before each test of the file and closes it after. */
export function startTestServer(): TestServer {
  let dir = '';
  let running: { readonly server: EmbeddedServer; readonly client: S3Client } | undefined;
  const current = (): { readonly server: EmbeddedServer; readonly client: S3Client } => {
    if (running === undefined) throw new Error('the server runs only inside a test');
    return running;
  };
  const start = async (options: Partial<ServerOptions>): Promise<void> => {
    const server = await startServer({ dir, buckets: [Bucket], smallestPartBytes: 1, ...options });
    running = { server, client: connectTo(server, {}) };
  };
  const stop = async (): Promise<void> => {
    current().client.destroy();
    await current().server.close();
  };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'embedded-server-'));
    await start({});
  });
  afterEach(async () => {
    await stop();
    await rm(dir, { recursive: true });
  });

  const countFiles = async (): Promise<number> => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };

  return {
    get server() {
      return current().server;
    },
    get client() {
      return current().client;
    },
    restart: async (options) => {
      await stop();
      await start(options);
    },
    createClient: (config = {}) => connectTo(current().server, config),
    signHeaders: (command) => signHeaders(current().server, command),
    send: (input) => current().client.send(new PutObjectCommand({ Bucket, ...input })),
    read: async (Key) => {
      const { Body } = await current().client.send(new GetObjectCommand({ Bucket, Key }));
      return await Body?.transformToString();
    },
    listKeys: async () => {
      const { Contents = [] } = await current().client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key }) => Key);
    },
    create: async (input = {}) => {
      const wanted = { Bucket, Key: 'k', ChecksumAlgorithm: 'CRC32' as const, ...input };
      const { UploadId = '' } = await current().client.send(new CreateMultipartUploadCommand(wanted));
      return UploadId;
    },
    upload: async (UploadId, PartNumber, Body) => {
      const { ETag, ChecksumCRC32 } = await current().client.send(
        new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber, Body }),
      );
      return { PartNumber, ETag, ChecksumCRC32 };
    },
    complete: (UploadId, Parts, input = {}) => {
      const wanted = { Bucket, Key: 'k', UploadId, MultipartUpload: { Parts }, ...input };
      return current().client.send(new CompleteMultipartUploadCommand(wanted));
    },
    countFiles,
    settledFileCount: async (expected) => {
      let count = await countFiles();
      for (; count !== expected; count = await countFiles()) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return count;
    },
  };
}

/** What a refused request was refused with, as `403 AccessDenied`. */
export async function refusal(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error)) throw error;
    const { $metadata } = error;
    const hasStatus = typeof $metadata === 'object' && $metadata !== null && 'httpStatusCode' in $metadata;
    return `${String(hasStatus ? $metadata.httpStatusCode : '?')} ${error.name}`;
  }
  return 'accepted';
}

/** The checksum of some bytes. */
export function digest(algorithm: ChecksumAlgorithm, bytes: string | Buffer): Buffer {
  const running = startChecksum(algorithm);
  running.update(Buffer.from(bytes));
  return running.digest();
}

/** The CRC-32 of a text as S3 writes it, computed apart from the server's own code. */
export function crc32Base64(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
}

function connectTo(server: EmbeddedServer, config: S3ClientConfig): S3Client {
  const { endpoint, accessKeyId, secretAccessKey } = server;
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    ...config,
  });
}

async function signHeaders(
  server: EmbeddedServer,
  command: PutObjectCommand,
): Promise<Record<string, string>> {
  const client = connectTo(server, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  const headers: Record<string, string> = {};
  client.middlewareStack.add(
    () => async (args) => {
      const { request } = args;
      if (typeof request === 'object' && request !== null && 'headers' in request)
        Object.assign(headers, request.headers);
      throw new Error('signed, and not to be sent');
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await client.send(command).catch(() => {});
  return headers;
}
