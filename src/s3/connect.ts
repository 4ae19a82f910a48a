import { TransferError } from '../transfer/errors.ts';
import type { Store } from '../transfer/ports.ts';
export type { Connection } from './connection.ts';
export { type EndpointKnowledge, knowledgeOf } from './capabilities.ts';
import { type ChecksumChoice, createCapabilities, type EndpointKnowledge } from './capabilities.ts';
import { type Connection, type ConnectionFlags, resolveConnection } from './connection.ts';
import { isStandardAws, kindOfHost } from './hosts.ts';
import type { Environment } from './profile.ts';
import type { Tls } from './agents.ts';
import { type FixedHeaders, fixedHeaders } from './fixed-headers.ts';
import { identityOf } from './identity.ts';
import type { WithLifecycle } from './lifecycle.ts';
import { addCustomerKey, createSecrets } from './secrets.ts';
import { createSession } from './session.ts';
import { combinesParts } from './store-settings.ts';
import { createWireStore } from './wire-store.ts';
import { createWire } from './wire/wire.ts';

export type StoreOptions = FixedHeaders & {
  /** How the verbs that move bytes are sent: by our own requests, or all through the SDK. @default 'wire' */
  readonly way?: 'wire' | 'sdk' | undefined;
  /** 32 bytes that encrypt every object at the server, which does not keep them (SSE-C). @default none */
  readonly customerKey?: Uint8Array | undefined;
  /** Whether that key may be sent over plain http to another machine, where anyone on the way can read it. @default false */
  readonly customerKeyOverHttp?: boolean | undefined;
  /** Connections at once. @default 8 */
  readonly concurrency?: number | undefined;
  /** @default 10,000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Certificates and keys in PEM form. @default Node's own authorities, and no certificate of this side */
  readonly tls?: Tls | undefined;
  /** Whether every payload is signed by its SHA-256. @default 'auto': over plain http beyond this machine */
  readonly signPayload?: 'auto' | 'always' | 'never' | undefined;
  /** Without a byte for so long, a body counts as stalled. @default 60,000 */
  readonly readTimeoutMs?: number | undefined;
  /** @default 'auto': CRC32, or what the server takes */
  readonly checksum?: ChecksumChoice | undefined;
  /** Whether the server is asked for the checksums of what is read. @default true */
  readonly asksChecksums?: boolean | undefined;
  /** What earlier runs learned of this endpoint. @default nothing */
  readonly known?: EndpointKnowledge | undefined;
  /** Told what a later run should know of this endpoint. @default nobody */
  readonly onLearned?: ((knowledge: EndpointKnowledge) => void) | undefined;
  /** Told every secret that requests are signed or sealed with, so that it is never shown. @default nobody */
  readonly onSecret?: ((secret: string) => void) | undefined;
  /** Told what the store learned about the server, once each. @default nobody */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Told details of what the store learned. @default nobody */
  readonly onDetail?: ((sentence: string) => void) | undefined;
  /** Told of every request, without secrets, when its answer begins or it fails. @default nobody */
  readonly onRequest?: ((line: string) => void) | undefined;
};

/**
 * Finds out how to connect from flags, environment and, where there are some, profile files.
 * @throws TransferError `usage`, `denied`
 */
export async function findConnection(
  flags: ConnectionFlags,
  env: Environment,
  hasFiles = true,
): Promise<Connection> {
  if (!hasFiles) return resolveConnection(flags, env, new Map());
  const { loadProfiles } = await import('./profiles.ts');
  return resolveConnection(flags, env, await loadProfiles(env));
}

/** What an endpoint is called in what is remembered of it. */
export function endpointName({ endpoint, region }: Connection): string {
  return endpoint?.href ?? `aws:${region}`;
}

/**
 * A store over a connection. `close` ends its idle sockets.
 * @throws TransferError `usage` for a customer's key over plain http
 */
export function openStore(
  connection: Connection,
  options: StoreOptions = {},
): Store & WithLifecycle & { close(): void } {
  const { endpoint, credentials } = connection;
  const host = endpoint && kindOfHost(endpoint.hostname);
  // Over plain http only the signed hash protects the body; on this machine nothing is in between.
  const isExposed = endpoint?.protocol === 'http:' && !connection.isLocal;
  const { signPayload = 'auto', customerKey, checksum = 'auto' } = options;
  const signsPayload =
    credentials.type !== 'anonymous' && (signPayload === 'auto' ? isExposed : signPayload === 'always');
  if (customerKey && isExposed && options.customerKeyOverHttp !== true) {
    throw new TransferError(
      'usage',
      'the key of --sse-c-key would travel over plain http, readable on the way',
      {
        hint: 'Use an https endpoint; --sse-c-over-http sends it all the same.',
      },
    );
  }
  const secrets = createSecrets(options.onSecret);
  if (credentials.type === 'static') {
    secrets.add(credentials.secretAccessKey);
    if (credentials.sessionToken !== undefined) secrets.add(credentials.sessionToken);
  }
  addCustomerKey(secrets, customerKey);
  const session = createSession({
    secrets,
    region: connection.region,
    identity: identityOf(credentials, connection.region),
    followsRegion: isStandardAws(endpoint, connection.region),
    hasProvider: !['static', 'anonymous'].includes(credentials.type),
  });
  const capabilities = createCapabilities({
    ...options,
    signsPayload,
    onNotice: options.onNotice ?? (() => undefined),
  });
  const settings = {
    endpoint: endpointName(connection),
    shape: JSON.stringify([checksum, Buffer.from(customerKey ?? []).toString('hex')]),
    customerKey,
    signsPayload,
    readTimeoutMs: options.readTimeoutMs ?? 60_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    tls: options.tls ?? {},
    onRequest: options.onRequest,
    capabilities,
    combinesParts: combinesParts(capabilities.algorithm, host?.fullObjectCrc32 ?? true),
  };
  const sdk = onDemand(async () => {
    const { openSdkStore } = await import('./sdk.ts');
    return openSdkStore(connection, session, {
      ...settings,
      requestPayer: options.requestPayer,
      expectedBucketOwner: options.expectedBucketOwner,
      concurrency: options.concurrency ?? 8,
    });
  });
  const wire = createWire({
    ...settings,
    connection,
    session,
    verifySsl: connection.verifySsl,
    fixedHeaders: fixedHeaders(options),
  });
  // A proxy, and AWS's other endpoints, have rules that only the SDK knows.
  const isPlain = connection.proxy === undefined && !connection.usesVariant;
  const isWired = isPlain && options.way !== 'sdk';
  const store = createWireStore({
    ...settings,
    wire: isWired ? wire : { ...wire, serves: () => false },
    session,
    sdk: sdk.get,
  });
  return Object.assign(store, {
    close() {
      wire.close();
      sdk.ifThere((opened) => opened.close());
    },
  });
}

/** Something that is made when it is first asked for. */
function onDemand<T>(make: () => Promise<T>): { get(): Promise<T>; ifThere(use: (value: T) => void): void } {
  let made: Promise<T> | undefined;
  return {
    get: () => (made ??= make()),
    ifThere: (use) => void made?.then(use, () => undefined), // what could not be loaded was said by whoever asked
  };
}
