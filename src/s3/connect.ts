import type { Store } from '../transfer/ports.ts';
export type { Connection } from './connection.ts';
export { type EndpointKnowledge, knowledgeOf } from './capabilities.ts';
import { type ChecksumChoice, createCapabilities, type EndpointKnowledge } from './capabilities.ts';
import { createCaller } from './caller.ts';
import { createClient } from './client.ts';
import { type Connection, type ConnectionFlags, resolveConnection } from './connection.ts';
import { isStandardAws, kindOfHost } from './hosts.ts';
import { type Environment, loadProfiles } from './profiles.ts';
import type { Tls } from './agents.ts';
import { addFixedHeaders, type FixedHeaders } from './fixed-headers.ts';
import { createSdkStore } from './sdk-store.ts';

export type StoreOptions = FixedHeaders & {
  /** 32 bytes that encrypt every object at the server, which does not keep them (SSE-C). @default none */
  readonly customerKey?: Uint8Array | undefined;
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
  /** Told what the store learned about the server, once each. @default nobody */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Told of every request, without secrets, when its answer begins or it fails. @default nobody */
  readonly onRequest?: ((line: string) => void) | undefined;
};

/**
 * Finds out how to connect from flags, environment and profile files.
 * @throws TransferError `usage`, `denied`
 */
export async function findConnection(flags: ConnectionFlags, env: Environment): Promise<Connection> {
  return resolveConnection(flags, env, await loadProfiles(env));
}

/** What an endpoint is called in what is remembered of it. */
export function endpointName({ endpoint, region }: Connection): string {
  return endpoint?.href ?? `aws:${region}`;
}

/** A store over a connection. `close` ends its idle sockets. */
export function openStore(connection: Connection, options: StoreOptions = {}): Store & { close(): void } {
  const { endpoint } = connection;
  const host = endpoint && kindOfHost(endpoint.hostname);
  const isAnonymous = connection.credentials.type === 'anonymous';
  // Over plain http only the signed hash protects the body; on this machine nobody is in between.
  const isExposed = endpoint?.protocol === 'http:' && !host?.isLoopback;
  const { signPayload = 'auto' } = options;
  const signsPayload = !isAnonymous && (signPayload === 'auto' ? isExposed : signPayload === 'always');
  const client = createClient(connection, {
    concurrency: options.concurrency ?? 8,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    onRequest: options.onRequest,
    tls: options.tls ?? {},
  });
  addFixedHeaders(client, options);
  const store = createSdkStore({
    customerKey: options.customerKey,
    checksum: options.checksum ?? 'auto',
    endpoint: endpointName(connection),
    caller: createCaller(client, {
      followsRegion: isStandardAws(endpoint, connection.region),
      hasProvider: !['static', 'anonymous'].includes(connection.credentials.type),
    }),
    capabilities: createCapabilities({
      ...options,
      signsPayload,
      onNotice: options.onNotice ?? (() => undefined),
    }),
    signsPayload,
    readTimeoutMs: options.readTimeoutMs ?? 60_000,
    fullObjectCrc32: host?.fullObjectCrc32 ?? true,
  });
  return Object.assign(store, { close: () => client.destroy() });
}
