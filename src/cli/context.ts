import { availableParallelism } from 'node:os';
import { hasAwsFiles } from '../local/aws-files.ts';
import { createDisk, type Disk } from '../local/disk.ts';
import { type EndpointMemory, endpointMemory } from '../local/endpoint-memory.ts';
import { createReadThreads, type ReadThreads } from '../local/read-threads.ts';
import type { Connection, EndpointKnowledge } from '../s3/connect.ts';
import type { Engine } from '../transfer/engine.ts';
import type { Journal } from '../transfer/journal.ts';
import { TransferError } from '../transfer/errors.ts';
import { connectionOf } from './again.ts';
import { awsSettings, storeWay } from './environment.ts';
import type { Console } from './console.ts';
import { describeOrphan } from './explain.ts';
import type { GlobalFlags, StateFlags, TransferFlags } from './flags.ts';
import type { ChecksumName } from './integrity-flags.ts';
import type { Interrupt } from './interrupt.ts';
import { recallPace, rememberPace } from './pace-memory.ts';
import { stateDirectory } from './state-dir.ts';
import { type DefaultBucket, isBucketName } from './locations.ts';

/** What a command works with. */
export type Context = {
  readonly console: Console;
  readonly signal: AbortSignal;
  readonly process: NodeJS.Process;
  /** The command line as it was written. */
  readonly argv: readonly string[];
  readonly flags: GlobalFlags;
  readonly defaultBucket: DefaultBucket | undefined;
  /** Where this machine remembers transfers. */
  stateDirectory(flags: StateFlags): string;
  /** Connects on first use, so that a usage error makes no request and loads no SDK. */
  connect(options: ConnectOptions): Promise<Engine>;
  /** Read large files. */
  readonly threads: ReadThreads;
  /** What is known of the file system's speed. */
  readonly disk: Disk;
  close(): void;
};

/** The bucket a command is about, its limits, and whether it remembers what it begins. */
type ConnectOptions = TransferFlags &
  StateFlags & {
    readonly bucket: string | undefined;
    readonly checksum?: ChecksumName | undefined;
    readonly customerKey?: Uint8Array | undefined;
    readonly sseCOverHttp?: boolean | undefined;
    /** Whether what is learned of the server is remembered for later runs. */
    readonly remembers?: boolean;
    readonly journal?: Journal | undefined;
  };

/** The composition root: flags and environment become a store and an engine. */
export function createContext(options: {
  readonly flags: GlobalFlags;
  readonly console: Console;
  readonly interrupt: Interrupt;
  readonly process: NodeJS.Process;
  readonly argv: readonly string[];
}): Context {
  const { flags, console, interrupt, process, argv } = options;
  const { env } = process;
  const threads = createReadThreads(availableParallelism());
  let connected: { close(): void } | undefined;
  return {
    console,
    process,
    argv,
    flags,
    signal: interrupt.signal,
    defaultBucket: defaultBucketOf(flags, env),
    stateDirectory: ({ stateDir }) => stateDirectory(stateDir, env, process.platform),
    async connect(transfer) {
      // The SDK is a third of a second of start-up, and on Node 20 says so at every start.
      env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
      const { endpointName, findConnection, openEngine } = await import('./adapter.ts');
      const connection = await findConnection(
        { ...flags, bucket: transfer.bucket },
        env,
        await hasAwsFiles(env),
      );
      for (const notice of connection.notices) console.note(notice);
      for (const warning of connection.warnings) console.warn(`warning: ${warning}`);
      console.detail(
        `endpoint: ${connection.endpoint?.href ?? 'AWS'} (${connection.endpointFrom}), ${connection.pathStyle ? 'path' : 'virtual'} style`,
      );
      // Without its password.
      if (connection.proxy) console.detail(`proxy: ${connection.proxy.origin}`);
      console.detail(
        `region: ${connection.region} (${connection.regionFrom}); credentials: ${connection.credentialsFrom}`,
      );
      const memory = transfer.remembers
        ? endpointMemory(stateDirectory(transfer.stateDir, env, process.platform))
        : undefined;
      const aws = awsSettings(env);
      const known = await recall(memory, connection, console);
      const concurrency = transfer.threads === false ? 1 : transfer.concurrency;
      const isPaced = memory !== undefined && concurrency === undefined;
      const endpoint = endpointName(connection);
      const engine = await openEngine(connection, {
        way: storeWay(env),
        checksum: transfer.checksum ?? aws.checksum,
        asksChecksums: aws.asksChecksums,
        customerKey: transfer.customerKey,
        customerKeyOverHttp: transfer.sseCOverHttp,
        requestPayer: flags.requestPayer,
        expectedBucketOwner: flags.expectedBucketOwner,
        signPayload: flags.signPayload,
        known,
        onLearned: (knowledge) => void remember(memory, connection, knowledge),
        concurrency,
        paceHint: isPaced ? await recallPace(memory, endpoint) : undefined,
        connectTimeoutMs: flags.connectTimeout,
        readTimeoutMs: flags.readTimeout,
        maxMemory: transfer.maxMemory,
        bytesPerSecond: transfer.bwlimit,
        attempts: transfer.retries ?? aws.attempts,
        giveUpAfterMs: transfer.giveUpAfter,
        journal: transfer.journal,
        onSecret: (secret) => console.hide(secret),
        onNotice: (sentence) => console.note(sentence),
        onDetail: (sentence) => console.detail(sentence),
        onRequest: flags.debug ? (line) => console.note(line) : undefined,
        emit(event) {
          interrupt.watch(event);
          if (event.type === 'transfer.planned' && event.notResumedBecause)
            console.note(`begun afresh: ${event.notResumedBecause}`);
          if (event.type === 'upload.orphaned')
            for (const line of describeOrphan(event, connectionOf(flags))) console.verbatim(line);
          if (event.type === 'part.hedged')
            console.detail(`part ${event.part} is late: a second attempt runs beside the first`);
          if (event.type === 'pace.changed' && (flags.verbose ?? 0) > 1)
            console.detail(`pace: ${event.lanes} parts at a time: ${event.because}`);
          console.emit(event);
        },
      });
      connected = {
        close() {
          const { learned, lanes } = engine.run.pace;
          if (isPaced) console.detail(`pace: ${learned?.lanes ?? lanes} parts at a time by the end`);
          if (isPaced && learned) void rememberPace(memory, endpoint, learned);
          engine.close();
        },
      };
      return engine;
    },
    threads,
    disk: createDisk(),
    close() {
      connected?.close();
      threads.close();
    },
  };
}

async function recall(
  memory: EndpointMemory | undefined,
  connection: Connection,
  console: Console,
): Promise<EndpointKnowledge | undefined> {
  if (!memory) return undefined;
  const { endpointName, knowledgeOf } = await import('./adapter.ts');
  const known = knowledgeOf(await memory.recall(endpointName(connection)));
  if (known.checksums) console.detail(`checksums: ${known.checksums}, as an earlier run found out`);
  return known;
}

async function remember(
  memory: EndpointMemory | undefined,
  connection: Connection,
  knowledge: EndpointKnowledge,
): Promise<void> {
  const { endpointName } = await import('./adapter.ts');
  // Where nothing can be written the next run finds out again: not worth a word.
  await memory?.remember(endpointName(connection), knowledge).catch(() => undefined);
}

function defaultBucketOf(flags: GlobalFlags, env: NodeJS.ProcessEnv): DefaultBucket | undefined {
  if (flags.bucket) return checked({ name: flags.bucket, from: '--bucket' });
  for (const from of ['PARTWISE_BUCKET', 'BUCKET_NAME']) {
    const name = env[from];
    if (name) return checked({ name, from });
  }
  return undefined;
}

function checked(bucket: DefaultBucket): DefaultBucket {
  if (isBucketName(bucket.name)) return bucket;
  throw new TransferError('usage', `"${bucket.name}" (from ${bucket.from}) cannot be the name of a bucket`);
}
