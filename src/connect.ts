import { hasAwsFiles } from './local/aws-files.ts';
import { hasher } from './local/hash.ts';
import { readPem } from './local/pem.ts';
import { findConnection, openStore, type StoreOptions } from './s3/connect.ts';
import type { Tls } from './s3/agents.ts';
import type { Connection, ConnectionFlags } from './s3/connection.ts';
import type { Environment } from './s3/profile.ts';
import { createEngine, type Engine } from './transfer/engine.ts';
import type { CutStream } from './transfer/cut-stream.ts';
import type { Journal } from './transfer/journal.ts';
import { mostLanes, type RunOptions } from './transfer/run.ts';

type EngineOptions = Omit<StoreOptions, 'tls' | 'concurrency'> &
  RunOptions & {
    /** Remembers uploads across processes, so that they are taken up again. @default nothing is remembered */
    readonly journal?: Journal | undefined;
  };

export type ConnectOptions = ConnectionFlags &
  EngineOptions & {
    /** Static keys; they win over every variable and profile. @default found as the command line does */
    readonly credentials?:
      | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
      | undefined;
    /** Where endpoint, region and keys are looked for. @default process.env */
    readonly env?: Environment | undefined;
  };

/** An engine over a real store. `close` ends its idle connections. */
export type ConnectedEngine = Engine & { close(): void };

/**
 * Connects to S3-compatible storage: the same flags, variables and profiles as on the command line. No request
 * is made yet.
 * @example
 * const s3 = await connect({ endpointUrl: 'http://127.0.0.1:9000' });
 * @throws TransferError `usage` for contradictions, `denied` when keys are missing
 */
export async function connect(options: ConnectOptions = {}): Promise<ConnectedEngine> {
  const { credentials, env = process.env } = options;
  const flags = credentials ? { ...options, signRequest: false } : options;
  const found = await findConnection(flags, env, await hasAwsFiles(env));
  const connection: Connection = credentials
    ? { ...found, credentials: { type: 'static', ...credentials }, credentialsFrom: 'the caller' }
    : found;
  return await openEngine(connection, options);
}

/** An engine over a connection that was found before. */
export async function openEngine(connection: Connection, options: EngineOptions): Promise<ConnectedEngine> {
  const concurrency = mostLanes(options.concurrency);
  const store = openStore(connection, { ...options, concurrency, tls: await readTls(connection) });
  return {
    ...createEngine({ store, hasher, cut, journal: options.journal }, options),
    close: store.close,
  };
}

/** Only streams of unknown length need the SDK's cutter: it is loaded with the first. */
const cut: CutStream = async (...given) => {
  const { cutStream } = await import('./s3/stream-upload.ts');
  return await cutStream(...given);
};

/** Reads the certificates and keys of a connection. */
async function readTls({ caBundle, clientCert, clientKey }: Connection): Promise<Tls> {
  return {
    ca: caBundle === undefined ? undefined : await readPem(caBundle, 'CA bundle'),
    cert: clientCert === undefined ? undefined : await readPem(clientCert, 'client certificate'),
    key: clientKey === undefined ? undefined : await readPem(clientKey, 'client key'),
  };
}
