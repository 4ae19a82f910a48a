import type { Connection } from '../connection.ts';
import { checkHeader } from '../header-line.ts';
import type { Session } from '../session.ts';
import { type Address, addressesOf, encodeValue } from './address.ts';
import type { Incoming, Outgoing, WriteBody } from './connection.ts';
import { createPool, type PoolOptions } from './pool.ts';
import { createSigner, queryOf } from './sign.ts';
import { unlessAborted } from './unless-aborted.ts';

/** One request of S3, before it is signed. */
export type WireRequest = {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket: string;
  /** Empty: the request is about the bucket. */
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hex, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  readonly body?: { readonly size: number; readonly write: WriteBody | undefined } | undefined;
};

/** S3 over plain HTTP/1.1, for ordinary buckets. */
export type Wire = {
  /** Whether requests about this bucket can be sent here. */
  serves(bucket: string): boolean;
  /** Signs a request and sends it once; the body of the answer is yet to be read. */
  send(request: WireRequest, signal: AbortSignal): Promise<Incoming>;
  close(): void;
};

export type WireOptions = PoolOptions & {
  readonly connection: Connection;
  readonly session: Session;
  /** Headers that go with every request. */
  readonly fixedHeaders: Readonly<Record<string, string>>;
  /** Told of every request in one line, without headers: those hold signatures. */
  readonly onRequest: ((line: string) => void) | undefined;
};

export function createWire(options: WireOptions): Wire {
  const { session, fixedHeaders, onRequest } = options;
  const find = addressesOf(options.connection);
  const pool = createPool(options);
  const sign = createSigner();

  /** The request as it goes over the wire. */
  const write = async (request: WireRequest, address: Address, signal: AbortSignal): Promise<Outgoing> => {
    const { method, body, payloadHash } = request;
    const query = Object.entries(request.query).map(([name, value]) => {
      return [encodeValue(name), encodeValue(value)] as const;
    });
    const headers = {
      host: address.host,
      'user-agent': 'partwise',
      ...fixedHeaders,
      ...request.headers,
      ...(body && { 'content-length': String(body.size) }),
    };
    const keys = session.identity?.();
    const identity = keys instanceof Promise ? await unlessAborted(keys, signal) : keys;
    const scope = { region: session.region, now: new Date(Date.now() + session.clockOffsetMs) };
    const signable = { method, path: address.path, query, headers, payloadHash };
    const signed = identity ? sign(signable, identity, scope) : {};
    const target = query.length === 0 ? address.path : `${address.path}?${queryOf(query)}`;
    return { method, head: headOf(method, target, [headers, signed]), writeBody: body?.write };
  };

  return {
    serves: (bucket) => find(bucket, '', session.region) !== undefined,
    async send(request, signal) {
      const address = find(request.bucket, request.key, session.region);
      if (!address) throw new Error(`no address for the bucket ${request.bucket}`);
      const sending = async (): Promise<Incoming> => {
        const outgoing = await write(request, address, signal);
        const connection = await pool.take(address, signal);
        return await connection.send(outgoing, signal);
      };
      return onRequest ? await traced(nameOf(request, address), sending, onRequest) : await sending();
    },
    close: pool.close,
  };
}

/**
 * Request line and headers.
 * @throws TransferError `usage` for a value that would end its line, or that HTTP cannot carry
 */
function headOf(method: string, target: string, groups: readonly Readonly<Record<string, string>>[]): string {
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (const headers of groups) {
    for (const name of Object.keys(headers)) head += lineOf(name, headers[name] ?? '');
  }
  return `${head}\r\n`;
}

function lineOf(name: string, value: string): string {
  checkHeader(name, value);
  return `${name}: ${value}\r\n`;
}

function nameOf({ method, query }: WireRequest, { hostname, path }: Address): string {
  const search = new URLSearchParams(query).toString();
  return `${method} ${hostname}${path}${search && `?${search}`}`;
}

async function traced(
  line: string,
  send: () => Promise<Incoming>,
  onRequest: (line: string) => void,
): Promise<Incoming> {
  const startedAt = Date.now();
  try {
    const answer = await send();
    onRequest(`${line}: ${answer.status} after ${Date.now() - startedAt} ms`);
    return answer;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    onRequest(`${line}: ${said} after ${Date.now() - startedAt} ms`);
    throw error;
  }
}
