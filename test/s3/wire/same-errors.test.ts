import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TransferError } from '../../../src/transfer/errors.ts';
import type { Store } from '../../../src/transfer/ports.ts';
import { errorDocument, object, signal, storeAt } from '../answering.ts';
import { onRequests, startRawServer } from './raw-server.ts';

type What = Pick<TransferError, 'kind' | 'recovery' | 'code' | 'status' | 'isUnsent'>;

/** How a request ends, for the engine. */
async function endOf(request: Promise<unknown>): Promise<What | 'good'> {
  try {
    await request;
    return 'good';
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    const { kind, recovery, code, status, isUnsent } = error;
    // Node has many names for what is no HTTP, and a connection that was cut has another one at its second write.
    const named = code?.replace(/^HPE_.*/, 'HPE').replace('EPIPE', 'ECONNRESET');
    return { kind, recovery, code: named, status, isUnsent };
  }
}

const BYTES = Buffer.alloc(4 * 1024 ** 2);
const uses: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ['stat', (store) => store.stat(object, { signal })],
  ['put', (store) => store.put(object, { size: 4, sums: {}, open: () => [Buffer.from('text')] }, { signal })],
  [
    'a large put',
    (store) => store.put(object, { size: BYTES.length, sums: {}, open: () => [BYTES] }, { signal }),
  ],
  [
    'read',
    async (store) => {
      for await (const chunk of store.read(object, { start: 0, end: 4 }, { signal, etag: undefined }))
        expect(chunk).toBeDefined();
    },
  ],
];

const document = errorDocument('AccessDenied');
const refusal = (status: string, ...headers: string[]): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${document.length}\r\n${headers.map((it) => `${it}\r\n`).join('')}\r\n${document}`;
const range = 'ETag: "e"\r\nContent-Range: bytes 0-3/4\r\n';

const servers: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['hangs up at once', (socket) => socket.destroy()],
  ['hangs up on the request', (socket) => onRequests(socket, () => socket.end())],
  ['cuts the connection on the request', (socket) => onRequests(socket, () => socket.resetAndDestroy())],
  ['never answers', (socket) => onRequests(socket, () => undefined)],
  ['stops in the head', (socket) => onRequests(socket, () => socket.write('HTTP/1.1 200 OK\r\nEta'))],
  ['hangs up in the head', (socket) => onRequests(socket, () => socket.end('HTTP/1.1 200 OK\r\nEta'))],
  [
    'speaks something else',
    (socket) => onRequests(socket, () => socket.end('220 mail.example.com ESMTP\r\n\r\n')),
  ],
  [
    'breaks off in the body',
    (socket) =>
      onRequests(socket, () => socket.end(`HTTP/1.1 206 OK\r\n${range}Content-Length: 4\r\n\r\nte`)),
  ],
  [
    'breaks off in the chunks',
    (socket) =>
      onRequests(socket, () =>
        socket.end(`HTTP/1.1 206 OK\r\n${range}Transfer-Encoding: chunked\r\n\r\n2\r\nte\r\n`),
      ),
  ],
  [
    'stops in the body',
    (socket) =>
      onRequests(socket, () => socket.write(`HTTP/1.1 206 OK\r\n${range}Content-Length: 4\r\n\r\nte`)),
  ],
  ['refuses', (socket) => onRequests(socket, () => socket.write(refusal('403 Forbidden')))],
  [
    'refuses and hangs up',
    (socket) => onRequests(socket, () => socket.end(refusal('403 Forbidden', 'Connection: close'))),
  ],
  [
    'refuses and reads nothing more',
    (socket) => socket.once('data', () => socket.pause().write(refusal('503 Slow Down'))),
  ],
  [
    'redirects',
    (socket) =>
      onRequests(socket, () =>
        socket.write(refusal('307 Temporary Redirect', 'Location: http://elsewhere.example/')),
      ),
  ],
  [
    'answers 304',
    (socket) => onRequests(socket, () => socket.write('HTTP/1.1 304 Not Modified\r\nETag: "e"\r\n\r\n')),
  ],
  [
    'answers good with nothing',
    (socket) => onRequests(socket, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
  ],
];

/** These two are waited for a minute and more: AWS may take its time, and a large body its way. */
const PATIENT = new Set(['stat', 'a large put']);

describe.each(servers)('a server that %s', (what, serve) => {
  const isSilent = /never|stops/.test(what);
  it.each(uses.filter(([name]) => !isSilent || !PATIENT.has(name)))(
    'is to the engine what it is through the SDK: %s',
    async (_, use) => {
      const ends: (What | 'good')[] = [];
      for (const way of ['wire', 'sdk'] as const) {
        const port = await startRawServer(serve);
        ends.push(await endOf(use(storeAt(`http://127.0.0.1:${port}`, [], { way }))));
      }
      expect(ends[0]).toEqual(ends[1]);
    },
  );
});
