import { describe, expect, it } from 'vitest';
import { bodyWriter } from '../../../src/s3/wire/put-body.ts';
import {
  answerOf,
  GET,
  never,
  onRequests,
  openTo,
  putOf,
  readAll,
  startRawServer,
  until,
} from './raw-server.ts';

const PIECE = Buffer.alloc(64 * 1024);
/** More than the buffers of both sides take. */
const LARGE = Array.from({ length: 1024 }, () => PIECE);
const REFUSAL = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno';

describe('an answer that comes before the body was sent', () => {
  it('is seen though the server reads nothing more, and the connection is given up', async () => {
    const port = await startRawServer((socket) => {
      socket.once('data', () => socket.pause().write(REFUSAL));
    });
    const { connection, idle } = await openTo(port);
    const incoming = await connection.send(putOf(LARGE), never);
    expect(incoming.status).toBe(403);
    await expect(readAll(incoming)).resolves.toEqual(Buffer.from('no'));
    await until(() => !connection.isOpen);
    expect(idle).toEqual([]);
  });
  it('is seen though the server cuts the connection behind it', async () => {
    const port = await startRawServer((socket) => {
      socket.once('data', () =>
        socket.pause().write(REFUSAL, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      );
    });
    const { connection } = await openTo(port);
    const incoming = await connection.send(putOf(LARGE), never);
    expect(incoming.status).toBe(403);
    await expect(readAll(incoming)).resolves.toEqual(Buffer.from('no'));
    await until(() => !connection.isOpen);
  });
  it('to one whose last piece was still to come leaves no connection that waits for it', async () => {
    const port = await startRawServer((socket) => socket.once('data', () => socket.write(REFUSAL)));
    const { connection, idle } = await openTo(port);
    const pieces = [Buffer.from('ab'), Buffer.from('cd')];
    let goOn = (): void => undefined;
    const isAnswered = new Promise<void>((resolve) => (goOn = resolve));
    let passed = 0;
    const pass = async (): Promise<void> => (passed++ === 0 ? undefined : await isAnswered);
    const writeBody = bodyWriter(
      { size: 4, sums: {}, open: () => pieces },
      () => undefined,
      { signal: never, throttle: { pieceBytes: 2, pass } },
      { alive: () => undefined, pause: () => undefined },
    );
    const incoming = await connection.send({ ...putOf(pieces), writeBody }, never);
    expect(incoming.status).toBe(403);
    goOn();
    await readAll(incoming);
    // The server would take the next request for the rest of this one.
    await until(() => !connection.isOpen);
    expect(idle).toEqual([]);
  });
  it('and is good leaves the connection to the next, once all was sent', async () => {
    const port = await startRawServer((socket) => {
      socket.once('data', () => socket.write(answerOf('yes')));
      socket.once('data', () => onRequests(socket, () => undefined));
    });
    const { connection, idle } = await openTo(port);
    await expect(readAll(await connection.send(putOf([PIECE]), never))).resolves.toEqual(Buffer.from('yes'));
    await until(() => idle.length === 1);
    expect(connection.isOpen).toBe(true);
  });
});

describe('a body', () => {
  it('arrives as it is, behind its head', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(10_000 + index, index));
    const got: Buffer[] = [];
    const { head, method, writeBody } = putOf(pieces);
    const all = Buffer.concat([Buffer.from(head), ...pieces]);
    const port = await startRawServer((socket) => {
      let size = 0;
      socket.on('data', (bytes) => {
        got.push(bytes);
        size += bytes.length;
        if (size === all.length) socket.write(answerOf(''));
      });
    });
    const { connection } = await openTo(port);
    await readAll(await connection.send({ head, method, writeBody }, never));
    expect(all.equals(Buffer.concat(got))).toBe(true);
  });
  it('that cannot be read ends its request with that very error', async () => {
    const port = await startRawServer((socket) => socket.resume());
    const { connection } = await openTo(port);
    const broken = new Error('the file is gone');
    const writeBody = (): Promise<boolean> => Promise.reject(broken);
    await expect(connection.send({ ...putOf([PIECE]), writeBody }, never)).rejects.toBe(broken);
    expect(connection.isOpen).toBe(false);
  });
  it('whose connection is cut ends with the error of the connection', async () => {
    const port = await startRawServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const { connection } = await openTo(port);
    const sent = connection.send(putOf(LARGE), never);
    await expect(sent).rejects.toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
  });
  it('that nobody reads is given up when the signal says so', async () => {
    const port = await startRawServer((socket) => socket.pause());
    const { connection } = await openTo(port);
    const controller = new AbortController();
    const reason = new Error('too long');
    const sent = connection.send(putOf(LARGE), controller.signal);
    setTimeout(() => controller.abort(reason), 20);
    await expect(sent).rejects.toBe(reason);
    expect(connection.isOpen).toBe(false);
    await expect(connection.send(GET, never)).rejects.toBe(reason);
  });
});
