import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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

const ask = async (port: number): Promise<string> => {
  const { connection } = await openTo(port);
  return (await readAll(await connection.send(GET, never))).toString();
};

/** A server that gives every request the same answer, in these pieces; then it hangs up if told to. */
const answering = (pieces: readonly string[], hangsUp = false): Promise<number> =>
  startRawServer((socket) =>
    onRequests(socket, () => {
      for (const piece of pieces) socket.write(piece, 'latin1');
      if (hangsUp) socket.end();
    }),
  );

describe('an answer', () => {
  it.each<[string, readonly string[], boolean, string]>([
    ['with its length', [answerOf('text')], false, 'text'],
    ['of version 1.0, until the connection closes', ['HTTP/1.0 200 OK\r\n\r\nte', 'xt'], true, 'text'],
    ['without an end of its own', ['HTTP/1.1 200 OK\r\n\r\ntext'], true, 'text'],
    [
      'in chunks, with extensions and trailers',
      [
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nte\r\n',
        '2\r\nxt\r\n0\r\nX: y\r\n\r\n',
      ],
      false,
      'text',
    ],
    [
      'behind others that are none',
      ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n', answerOf('text')],
      false,
      'text',
    ],
    ['without a body', ['HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'], false, ''],
    ['of nothing new', ['HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'], false, ''],
  ])('%s is read to its end', async (_, pieces, hangsUp, expected) => {
    await expect(ask(await answering(pieces, hangsUp))).resolves.toBe(expected);
  });
  it('to HEAD has no body, whatever its length says, and the connection serves on', async () => {
    const port = await startRawServer((socket) =>
      onRequests(socket, (head) => {
        const length = head.startsWith('HEAD')
          ? 'Content-Length: 1000\r\n\r\n'
          : 'Content-Length: 2\r\n\r\nok';
        socket.write(`HTTP/1.1 200 OK\r\n${length}`);
      }),
    );
    const { connection, idle } = await openTo(port);
    const head = await connection.send({ method: 'HEAD', head: 'HEAD / HTTP/1.1\r\n\r\n' }, never);
    expect(head.headers['content-length']).toBe('1000');
    await expect(readAll(head)).resolves.toHaveLength(0);
    await until(() => idle.length === 1);
    await expect(readAll(await connection.send(GET, never))).resolves.toEqual(Buffer.from('ok'));
  });
  it('whose body never comes has a head at once', async () => {
    const { connection } = await openTo(
      await answering(['HTTP/1.1 503 Slow Down\r\nContent-Length: 9\r\n\r\n']),
    );
    const incoming = await connection.send(GET, never);
    expect(incoming.status).toBe(503);
    incoming.release();
    expect(connection.isOpen).toBe(false);
  });
  it('that stops in the middle is handed on as far as it came', async () => {
    const { connection } = await openTo(
      await answering([`HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntext`]),
    );
    const incoming = await connection.send(GET, never);
    await expect(incoming.next()).resolves.toEqual(Buffer.from('text'));
    connection.destroy();
    await expect(incoming.next()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
  it('whose body was long in coming is handed on with its first bytes', async () => {
    let go = (): void => undefined;
    const port = await startRawServer((socket) => {
      go = () => void socket.write('text');
      onRequests(socket, () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'));
    });
    const { connection } = await openTo(port);
    const next = (await connection.send(GET, never)).next();
    // By then whoever asked counts as kept waiting.
    await sleep(150);
    go();
    await expect(next).resolves.toEqual(Buffer.from('text'));
  });
});

describe('an answer that breaks off', () => {
  it.each([
    ['before its head', ''],
    ['in its head', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntext'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ntext'],
    ['before its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n'],
  ])('%s is an error, never a short body', async (_, text) => {
    await expect(ask(await answering([text], true))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
  it('is an error at once, also when the other side no longer reads what is sent', async () => {
    const port = await startRawServer((socket) => socket.pause().end());
    const { connection } = await openTo(port);
    await expect(connection.send(putOf([Buffer.alloc(64 * 1024 ** 2)]), never)).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });
});

describe('what is no answer', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a change of the protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ntexts'],
    ['a head that does not end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ])('is refused: %s', async (_, text) => {
    await expect(ask(await answering([text]))).rejects.toMatchObject({ code: 'HPE_INVALID' });
  });
});

describe('an abort', () => {
  const reason = new Error('enough');
  it('ends the wait for an answer with its reason, and the connection', async () => {
    let isClosed = false;
    const port = await startRawServer((socket) =>
      socket
        .resume()
        .on('close', () => (isClosed = true))
        .on('end', () => socket.end()),
    );
    const { connection } = await openTo(port);
    const controller = new AbortController();
    const sent = connection.send(GET, controller.signal);
    controller.abort(reason);
    await expect(sent).rejects.toBe(reason);
    expect(connection.isOpen).toBe(false);
    await until(() => isClosed);
  });
  it('ends the wait for more of a body', async () => {
    const { connection } = await openTo(await answering(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n']));
    const controller = new AbortController();
    const incoming = await connection.send(GET, controller.signal);
    const next = incoming.next();
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    incoming.release();
    incoming.release();
  });
  it('before the request sends nothing', async () => {
    let bytes = 0;
    let isClosed = false;
    const port = await startRawServer((socket) => {
      socket
        .on('data', (data) => (bytes += data.length))
        .on('close', () => (isClosed = true))
        .on('end', () => socket.end());
    });
    const { connection } = await openTo(port);
    await expect(connection.send(putOf([Buffer.alloc(9)]), AbortSignal.abort(reason))).rejects.toBe(reason);
    await until(() => isClosed);
    expect(bytes).toBe(0);
  });
  it('after the answer was read and let go does nothing', async () => {
    const { connection, idle } = await openTo(await answering([answerOf('text')]));
    const controller = new AbortController();
    await readAll(await connection.send(GET, controller.signal));
    await until(() => idle.length === 1);
    controller.abort(reason);
    expect(connection.isOpen).toBe(true);
    await expect(readAll(await connection.send(GET, never))).resolves.toEqual(Buffer.from('text'));
  });
});

describe('letting go', () => {
  it('in the middle of a body takes the connection along', async () => {
    const { connection, idle } = await openTo(
      await answering(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntext']),
    );
    const incoming = await connection.send(GET, never);
    incoming.release();
    expect(connection.isOpen).toBe(false);
    expect(idle).toEqual([]);
    await expect(incoming.next()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
  it('twice frees the connection once, and asking after the end gives nothing', async () => {
    const { connection, idle } = await openTo(await answering([answerOf('text')]));
    const incoming = await connection.send(GET, never);
    await readAll(incoming);
    incoming.release();
    await expect(incoming.next()).resolves.toBeUndefined();
    await until(() => idle.length > 0);
    const second = await connection.send(GET, never);
    // The one of before has nothing to do with the answer that is under way.
    incoming.release();
    await expect(incoming.next()).resolves.toBeUndefined();
    await expect(readAll(second)).resolves.toEqual(Buffer.from('text'));
    await until(() => idle.length === 2);
  });
  it.each([
    ['says that it closes', answerOf('text', 'Connection: close')],
    ['is of version 1.0', answerOf('text').replace('1.1', '1.0')],
    ['is longer than its length', `${answerOf('text')}more`],
    ['is followed by another', answerOf('text') + answerOf('evil')],
  ])('closes a connection whose answer %s', async (_, answer) => {
    const { connection, idle } = await openTo(await answering([answer]));
    await expect(readAll(await connection.send(GET, never))).resolves.toEqual(Buffer.from('text'));
    expect(connection.isOpen).toBe(false);
    expect(idle).toEqual([]);
  });
});

describe('an idle connection', () => {
  it.each([
    ['closes it', (socket: { end(): void }) => socket.end()],
    [
      'says something nobody asked for',
      (socket: { write(text: string): void }) => socket.write('HTTP/1.1 408 Timeout\r\n\r\n'),
    ],
  ])('is not used again when the server %s', async (_, act) => {
    const acts: (() => void)[] = [];
    const port = await startRawServer((socket) => {
      acts.push(() => act(socket));
      onRequests(socket, () => socket.write(answerOf('')));
    });
    const { connection, idle } = await openTo(port);
    await readAll(await connection.send(GET, never));
    await until(() => idle.length === 1);
    for (const now of acts) now();
    await until(() => !connection.isOpen);
    await expect(connection.send(GET, never)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
