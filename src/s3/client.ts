import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { makeAgents, type Tls } from './agents.ts';
import { hasHeaders } from './call.ts';
import type { Connection } from './connection.ts';
import { checkHeader } from './header-line.ts';
import { isStandardAws } from './hosts.ts';
import type { Session } from './session.ts';

export type ClientOptions = {
  /** Connections at once; a few more are kept for listings and aborts. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  readonly tls: Tls;
  /** Told of every request in one line, without headers: those hold signatures. */
  readonly onRequest: ((line: string) => void) | undefined;
};

const SPARE_SOCKETS = 4;

/** The SDK's client for a connection: one attempt, no words of its own, only the checksums we send. */
export function createClient(connection: Connection, session: Session, options: ClientOptions): S3Client {
  const { region } = connection;
  // What the SDK would make of the region is left to it: it can then follow a bucket to another one.
  const endpoint = isStandardAws(connection.endpoint, region) ? undefined : connection.endpoint;
  const agents = makeAgents({
    maxSockets: options.concurrency + SPARE_SOCKETS,
    tls: options.tls,
    verifySsl: connection.verifySsl,
    proxy: connection.proxy,
  });
  const client = new S3Client({
    region: () => Promise.resolve(session.region),
    forcePathStyle: connection.pathStyle,
    ...(endpoint && { endpoint: endpoint.href }),
    ...signingOf(session),
    systemClockOffset: session.clockOffsetMs,
    maxAttempts: 1,
    followRegionRedirects: false,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A server that does not know it would cost six seconds a part.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs,
      ...agents,
    },
    logger: quiet,
  });
  session.onMended(async () => {
    client.config.systemClockOffset = session.clockOffsetMs;
    // The client remembers keys itself.
    await client.config.credentials({ forceRefresh: true });
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      // Node would refuse them, too, but by an error that looks as if another attempt could help.
      if (hasHeaders(args.request))
        for (const [name, value] of Object.entries(args.request.headers)) checkHeader(name, value);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'partwiseHeaders' },
  );
  if (options.onRequest) traceRequests(client, options.onRequest);
  return client;
}

function traceRequests(client: S3Client, onRequest: (line: string) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const startedAt = Date.now();
      const line = lineOf(args.request);
      try {
        const result = await next(args);
        onRequest(`${line}: ${statusOf(result.response)} after ${Date.now() - startedAt} ms`);
        return result;
      } catch (error) {
        onRequest(
          `${line}: ${error instanceof Error ? error.message : String(error)} after ${Date.now() - startedAt} ms`,
        );
        throw error;
      }
    },
    { step: 'deserialize', priority: 'low', name: 'partwiseTrace' },
  );
}

function lineOf(request: unknown): string {
  if (typeof request !== 'object' || request === null) return 'request';
  const {
    method = '',
    hostname = '',
    path = '',
    query = {},
  } = request as Partial<Record<'method' | 'hostname' | 'path', string>> & { query?: Record<string, string> };
  const search = new URLSearchParams(query).toString();
  return `${method} ${hostname}${path}${search && `?${search}`}`;
}

function statusOf(response: unknown): string {
  return typeof response === 'object' && response !== null && 'statusCode' in response
    ? String(response.statusCode)
    : '?';
}

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function signingOf({ identity }: Session): Pick<S3ClientConfig, 'credentials' | 'signer'> {
  if (identity) return { credentials: async () => await identity() };
  // The SDK's way of not signing: a signer that changes nothing.
  return {
    credentials: { accessKeyId: '', secretAccessKey: '' },
    signer: { sign: (request) => Promise.resolve(request) },
  };
}
