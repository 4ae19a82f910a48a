import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type Ended, type Program, startProgram } from './program.ts';

/** The program as it is shipped: `npm run build` makes it. */
export const bin = fileURLToPath(new URL('../../../bin/partwise.cjs', import.meta.url));
const built = fileURLToPath(new URL('../../../dist/program/main.js', import.meta.url));

/** Whom to talk to. */
export type ServerAccess = {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

export type PlaceOptions = {
  /** Another name or address of the same server. */
  readonly endpoint?: string;
};

/** What a test may change of one run. */
export type RunOptions = {
  /** Added to the four variables; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string | Buffer;
};

/** A folder, a bucket and an environment of its own: a user at a shell. */
export type Place = {
  /** Empty at first; also the working directory. */
  readonly dir: string;
  readonly bucket: string;
  readonly client: S3Client;
  /** `s3://bucket/key` */
  location(key?: string): string;
  /** Runs the built program with nothing but PATH, HOME and the four variables. */
  partwise(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): Program;
  /** Runs a bash script in which `partwise` is a command. */
  shell(script: string, options?: RunOptions): Promise<Ended>;
};

/** A place that whoever opened it closes. */
export type Workspace = Place & { close(): Promise<void> };

let workspaces = 0;

/** Makes a place that outlives any test, for programs that are none. */
export async function openWorkspace(
  server: ServerAccess,
  { endpoint }: PlaceOptions = {},
): Promise<Workspace> {
  if (!existsSync(built)) throw new Error('dist/ is missing: npm run build');
  const home = await mkdtemp(join(tmpdir(), 'partwise-home-'));
  const dir = join(home, 'work');
  await mkdir(dir);
  const bucket = `place-${process.pid}-${++workspaces}`;
  const { accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  const close = async (): Promise<void> => {
    client.destroy();
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    await close();
    throw error;
  }

  const variables = {
    ...(await basicVariables(home)),
    ENDPOINT: endpoint ?? server.endpoint,
    BUCKET_NAME: bucket,
    ACCESS_KEY_ID: accessKeyId,
    SECRET_KEY: secretAccessKey,
    // The one variable of the tests' own that reaches the program: by whose requests bytes move in this run.
    PARTWISE_STORE: process.env['PARTWISE_STORE'],
  };
  const start = (command: string, args: readonly string[], options: RunOptions): Program =>
    startProgram(command, args, {
      cwd: options.cwd ?? dir,
      env: withoutMissing({ ...variables, ...options.env }),
      input: options.input,
    });
  return {
    dir,
    bucket,
    client,
    location: (key = '') => `s3://${bucket}/${key}`,
    partwise: async (args, options = {}) => await start(process.execPath, [bin, ...args], options).ended,
    start: (args, options = {}) => start(process.execPath, [bin, ...args], options),
    shell: async (script, options = {}) => await start('bash', ['-c', script], options).ended,
    close,
  };
}

/** PATH and HOME, with `partwise` on the one and nothing in the other. */
export async function basicVariables(home: string): Promise<Record<string, string>> {
  const { PATH = '', SystemRoot } = process.env;
  if (SystemRoot !== undefined) return { PATH, SystemRoot, HOME: home, USERPROFILE: home };
  const commands = join(home, 'commands');
  await mkdir(commands);
  const script = join(commands, 'partwise');
  await writeFile(script, `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  await chmod(script, 0o755);
  return { PATH: [commands, dirname(process.execPath), PATH].join(delimiter), HOME: home };
}

function withoutMissing(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) set[name] = value;
  return set;
}
