import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** What a client asked, taken apart once. */
export interface S3Request {
  readonly method: string;
  /** The path as sent, still encoded: the signature covers it. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Empty when the request names no bucket. */
  readonly bucket: string;
  /** Empty when the request names no key. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** Names in lower case; a header sent twice has its values joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Starts the body; a client waiting for 100 Continue gets it now. */
  readonly openBody: () => AsyncIterable<Buffer>;
}

const LONGEST_KEY_BYTES = 1024;

/** Reads method, address and headers; path style, or virtual-host style for `bucket.localhost`. */
export function parseRequest(incoming: IncomingMessage, continueBody: () => void): S3Request {
  const [rawPath = '/', rawQuery = ''] = splitOnce(incoming.url ?? '/', '?');
  const headers = joinHeaders(incoming.rawHeaders);
  const hostBucket = /^(.+)\.localhost(?::\d+)?$/.exec(headers.get('host') ?? '')?.[1];
  const path = rawPath.slice(1);
  const [pathBucket = '', pathKey = ''] = splitOnce(path, '/');
  const key = decode(hostBucket === undefined ? pathKey : path);
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) {
    throw new S3Error(400, 'KeyTooLongError', 'Your key is too long');
  }
  return {
    method: incoming.method ?? 'GET',
    rawPath,
    rawQuery,
    bucket: hostBucket ?? decode(pathBucket),
    key,
    query: new URLSearchParams(rawQuery),
    headers,
    openBody: () => {
      continueBody();
      // Destroying the request on an early return would close the socket before the refusal is sent.
      return incoming.iterator({ destroyOnReturn: false });
    },
  };
}

/** Decodes percent-escapes, refusing broken ones as S3 does. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** A whole number in the query, capped; the default when absent. */
export function readNumber(query: URLSearchParams, name: string, standard: number, cap: number): number {
  const text = query.get(name);
  if (text === null || text === '') return standard;
  if (!/^\d+$/.test(text)) throw new S3Error(400, 'InvalidArgument', `Provided ${name} not an integer`);
  return Math.min(Number(text), cap);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function joinHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return headers;
}
