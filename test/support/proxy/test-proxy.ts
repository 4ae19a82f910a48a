import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Proxy, type ProxyOptions, type Rule, startProxy } from './proxy.ts';
import { listen } from '../listen.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** A request as the target got it. */
export type Received = {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  /** All that came of the body so far. */
  readonly bytes: Buffer;
  readonly size: number;
  readonly isComplete: boolean;
};

/** A server of no particular kind behind the proxy. */
export type Target = {
  readonly url: string;
  readonly received: readonly Received[];
  /** How many connections were ever made to it. */
  connections(): number;
  close(): void;
};

type Answering = (request: Received, response: ServerResponse) => void;

/** Starts a target for one test; it reads the whole body and then answers. */
export async function startTarget(
  answer: Answering = (_, response) => response.end('fine'),
): Promise<Target> {
  const received: Received[] = [];
  const server = createServer((incoming: IncomingMessage, response) => {
    const { method = '', url = '', rawHeaders } = incoming;
    const pieces: Buffer[] = [];
    const request = {
      method,
      url,
      rawHeaders,
      size: 0,
      isComplete: false,
      get bytes() {
        return Buffer.concat(pieces);
      },
    };
    received.push(request);
    incoming.on('error', () => {});
    response.on('error', () => {});
    incoming.on('data', (piece: Buffer) => {
      pieces.push(piece);
      request.size += piece.byteLength;
    });
    incoming.on('end', () => {
      request.isComplete = true;
      answer(request, response);
    });
  });
  let connections = 0;
  server.on('connection', () => connections++);
  const port = await listen(server);
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, received, connections: () => connections, close };
}

/** Starts a proxy for one test. */
export async function openProxy(
  target: { readonly url: string },
  rules: readonly Rule[] = [],
  options: Partial<ProxyOptions> = {},
): Promise<Proxy> {
  const proxy = await startProxy({ target: target.url, rules, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** What a client on a bare socket sees. */
export type Seen = {
  /** 0 without an answer. */
  readonly status: number;
  /** Status line and headers, as they came. */
  readonly head: string;
  readonly bytes: Buffer;
  /** A whole answer by its length or its last chunk, or how the connection ended before. */
  readonly end: 'whole' | 'FIN' | 'RST';
};

/** A request on a connection of its own. */
export type Asked = { readonly socket: Socket; readonly seen: Promise<Seen>; bytesSoFar(): number };

/** Begins a request; without `isWhole` some of the promised body is held back. */
export function begin(endpoint: string, asking: string, body: Buffer = Buffer.alloc(0), headers = ''): Asked {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let bytes: Buffer = Buffer.alloc(0);
  const seen = new Promise<Seen>((resolve) => {
    const finish = (end: Seen['end']): void => resolve({ ...parse(bytes), end });
    socket.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      if (isWhole(bytes, asking)) finish('whole');
    });
    socket.on('end', () => finish('FIN'));
    socket.on('error', () => finish('RST'));
  });
  const length = /content-length|transfer-encoding/i.test(headers)
    ? ''
    : `Content-Length: ${body.byteLength}\r\n`;
  socket.write(`${asking} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${length}${headers}\r\n`);
  socket.write(body);
  return { socket, seen, bytesSoFar: () => parse(bytes).bytes.byteLength };
}

/** Sends a request and waits for what comes of it. */
export async function ask(endpoint: string, asking: string, body?: Buffer, headers?: string): Promise<Seen> {
  const { socket, seen } = begin(endpoint, asking, body, headers);
  const result = await seen;
  socket.destroy();
  return result;
}

/** The value of a header, or nothing. */
export function headerOf({ head }: Seen, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
}

/** Bytes in which every one tells its place. */
export function countedBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 7 + (at >>> 8)) & 0xff;
  return bytes;
}

function parse(all: Buffer): Omit<Seen, 'end'> {
  const bytes = all.subarray(all.indexOf(CONTINUE) === 0 ? CONTINUE.length : 0);
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return { status: 0, head: '', bytes: Buffer.alloc(0) };
  const head = bytes.subarray(0, end).toString('latin1');
  return { status: Number(head.split(' ')[1]), head, bytes: bytes.subarray(end + 4) };
}

function isWhole(bytes: Buffer, asking: string): boolean {
  const { status, head, bytes: body } = parse(bytes);
  if (status < 200) return false;
  if (asking.startsWith('HEAD') || status === 204) return true;
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length === undefined ? body.includes('0\r\n\r\n') : body.byteLength >= Number(length);
}
