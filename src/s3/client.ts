import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { fromIni, fromNodeProviderChain, fromTokenFile } from '@aws-sdk/credential-providers';
import type { Connection, CredentialPlan } from './connection.ts';

export type ClientOptions = {
  /** Connections at once; a few more are kept for listings and aborts. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  /** The only authorities whose certificates are believed, in PEM form. */
  readonly ca: string | undefined;
  /** Told of every request in one line, without headers: those hold signatures. */
  readonly onRequest: ((line: string) => void) | undefined;
};

const SPARE_SOCKETS = 4;
/** Node's own servers close an idle connection after five seconds: be first, or a request may meet the closing. */
const IDLE_SOCKET_MS = 4_000;

/** The SDK's client for a connection: one attempt, no words of its own, only the checksums we send. */
export function createClient(connection: Connection, options: ClientOptions): S3Client {
  const { endpoint } = connection;
  const trust = {
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(!connection.verifySsl && { rejectUnauthorized: false }),
  };
  const agent = { keepAlive: true, maxSockets: options.concurrency + SPARE_SOCKETS, timeout: IDLE_SOCKET_MS };
  const client = new S3Client({
    region: connection.region,
    forcePathStyle: connection.pathStyle,
    ...(endpoint && { endpoint: endpoint.href }),
    ...credentialsOf(connection.credentials, connection.region),
    maxAttempts: 1,
    followRegionRedirects: false,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A server that does not know it would cost six seconds a part.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent({ ...agent, ...trust }),
    },
    logger: quiet,
  });
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

function credentialsOf(plan: CredentialPlan, region: string): Pick<S3ClientConfig, 'credentials' | 'signer'> {
  switch (plan.type) {
    case 'anonymous':
      // The SDK's way of not signing: a signer that changes nothing.
      return {
        credentials: { accessKeyId: '', secretAccessKey: '' },
        signer: { sign: (request) => Promise.resolve(request) },
      };
    case 'static': {
      const { accessKeyId, secretAccessKey, sessionToken } = plan;
      return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } };
    }
    case 'profile':
      return { credentials: fromIni({ profile: plan.profile, ignoreCache: true, clientConfig: { region } }) };
    case 'web-identity':
      return { credentials: fromTokenFile({ clientConfig: { region } }) };
    case 'chain':
      return {
        credentials: fromNodeProviderChain({ maxRetries: 1, timeout: 1_000, clientConfig: { region } }),
      };
  }
}
