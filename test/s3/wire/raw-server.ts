import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type Connection, type Incoming, openConnection } from '../../../src/s3/wire/connection.ts';
import type { SocketTarget } from '../../../src/s3/wire/socket.ts';
import { listen } from '../../support/listen.ts';

/** The connection a server got, and how many it had before. */
export type Serve = (socket: Socket, nth: number) => void;

export type Keys = { readonly key: string; readonly cert: string };

/** A server that does with every connection as told; it is gone after the test. */
export async function startRawServer(serve: Serve, keys?: Keys): Promise<number> {
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    const nth = sockets.size;
    sockets.add(socket);
    // Whoever hangs up on it is no failure.
    socket.on('error', () => undefined);
    serve(socket, nth);
  };
  const server: Server = keys ? createTlsServer(keys, take) : createServer({ allowHalfOpen: true }, take);
  server.on('tlsClientError', () => undefined);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return await listen(server);
}

/** Calls `answer` for every head that comes, when it has come; bodies are not looked at. */
export function onRequests(socket: Socket, answer: (head: string, nth: number) => void): void {
  let text = '';
  let nth = 0;
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      answer(head, nth++);
    }
  });
}

/** A good answer with this body. */
export function answerOf(body: string, ...headers: readonly string[]): string {
  const lines = ['HTTP/1.1 200 OK', `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export const never = new AbortController().signal;

export type Opened = {
  readonly connection: Connection;
  readonly idle: Connection[];
  readonly sessions: Buffer[];
};

/** A connection to a port of this machine, closed after the test; `idle` has it each time it is free again. */
export async function openTo(
  port: number,
  target: Partial<SocketTarget> = {},
  signal = never,
): Promise<Opened> {
  const idle: Connection[] = [];
  const sessions: Buffer[] = [];
  const connection = await openConnection(
    { hostname: '127.0.0.1', port, tls: undefined, timeoutMs: 10_000, ...target },
    signal,
    { onIdle: (it) => void idle.push(it), onSession: (session) => void sessions.push(session) },
  );
  onTestFinished(() => connection.destroy());
  return { connection, idle, sessions };
}

/** A request without a body. */
export const GET = { method: 'GET', head: 'GET / HTTP/1.1\r\nHost: h\r\n\r\n' } as const;

/** A request with a body, handed over in these pieces. */
export function putOf(pieces: readonly Uint8Array[]): {
  readonly method: 'PUT';
  readonly head: string;
  readonly writeBody: (write: (bytes: Uint8Array) => Promise<boolean>) => Promise<boolean>;
} {
  const size = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    method: 'PUT',
    head: `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`,
    async writeBody(write) {
      for (const piece of pieces) if (!(await write(piece))) return false;
      return true;
    },
  };
}

/** Reads the rest of a body, a copy of each piece, and lets go. */
export async function readAll(incoming: Incoming): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    for (let piece = await incoming.next(); piece; piece = await incoming.next())
      pieces.push(Buffer.from(piece));
  } finally {
    incoming.release();
  }
  return Buffer.concat(pieces);
}

/** Waits until something is so; the test's own limit ends a wait for what never comes. */
export async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}
