import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { fromIni, fromNodeProviderChain, fromTokenFile } from '@aws-sdk/credential-providers';
import type { Connection, CredentialPlan } from './connection.ts';

export type ClientOptions = {
  /** Connections at once; a few more are kept for listings and aborts. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
};

const SPARE_SOCKETS = 4;
/** Node's own servers close an idle connection after five seconds: be first, or a request may meet the closing. */
const IDLE_SOCKET_MS = 4_000;

/** The SDK's client for a connection: one attempt, no words of its own, only the checksums we send. */
export function createClient(connection: Connection, options: ClientOptions): S3Client {
  const { endpoint } = connection;
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
      httpsAgent: new HttpsAgent(agent),
    },
    logger: quiet,
  });
  return client;
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
      return { credentials: fromIni({ profile: plan.profile, clientConfig: { region } }) };
    case 'web-identity':
      return { credentials: fromTokenFile({ clientConfig: { region } }) };
    case 'chain':
      return {
        credentials: fromNodeProviderChain({ maxRetries: 1, timeout: 1_000, clientConfig: { region } }),
      };
  }
}
