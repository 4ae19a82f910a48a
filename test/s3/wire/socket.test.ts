import { createServer, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { createPool } from '../../../src/s3/wire/pool.ts';
import { makeCertificate } from '../../faults/certificate.ts';
import {
  answerOf,
  GET,
  type Keys,
  never,
  onRequests,
  openTo,
  readAll,
  startRawServer,
  until,
} from './raw-server.ts';

describe('a connection that is being made', () => {
  it('ends with the reason of an abort, also of one that came before', async () => {
    const reason = new Error('enough');
    const port = await startRawServer(() => undefined);
    await expect(openTo(port, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const opening = openTo(port, {}, controller.signal);
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });
  it('is given up after its time, here for a greeting that never comes', async () => {
    let isClosed = false;
    const port = await startRawServer((socket) => {
      socket.resume().on('end', () => socket.end());
      socket.on('close', () => (isClosed = true));
    });
    const tls = { verifySsl: true, session: undefined };
    await expect(openTo(port, { tls, timeoutMs: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await until(() => isClosed);
  });
  it.each([
    ['refused', 1, {}, 'ECONNREFUSED'],
    ['to a name nobody has', 1, { hostname: 'nowhere.invalid' }, /ENOTFOUND|EAI_AGAIN/],
  ])('fails with the code of the system: %s', async (_, port, target, code) => {
    await expect(openTo(port, target)).rejects.toMatchObject({
      code: typeof code === 'string' ? code : expect.stringMatching(code),
    });
  });
  it('that is cut in the greeting is a cut connection', async () => {
    const port = await startRawServer((socket) => socket.once('data', () => socket.destroy()));
    const tls = { verifySsl: true, session: undefined };
    await expect(openTo(port, { tls })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
  it('finds the address of a name that has two, of which one serves', async () => {
    const port = await startRawServer((socket) => onRequests(socket, () => socket.write(answerOf('yes'))));
    const { connection } = await openTo(port, { hostname: 'localhost' });
    await expect(readAll(await connection.send(GET, never))).resolves.toEqual(Buffer.from('yes'));
  });
  it('goes to an address of IPv6', async ({ skip }) => {
    const server = createServer((socket) => onRequests(socket, () => socket.write(answerOf('six'))));
    const isThere = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true));
    });
    if (!isThere) return skip('this machine has no IPv6');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { connection } = await openTo(port, { hostname: '::1' });
    await expect(readAll(await connection.send(GET, never))).resolves.toEqual(Buffer.from('six'));
    connection.destroy();
  });
});

describe('TLS', () => {
  type Served = {
    readonly keys: Keys;
    readonly port: number;
    readonly names: (string | false | null)[];
    readonly resumed: boolean[];
  };

  /** A server that notes by which name it is asked for, and whether an earlier session goes on. */
  async function serve(context: Pick<TestContext, 'skip'>, host: string): Promise<Served> {
    const keys = await makeCertificate(context, { host });
    const names: (string | false | null)[] = [];
    const resumed: boolean[] = [];
    const port = await startRawServer((socket) => {
      if (!(socket instanceof TLSSocket)) return;
      names.push(Reflect.get(socket, 'servername'));
      resumed.push(socket.isSessionReused());
      onRequests(socket, () => socket.write(answerOf('yes', 'Connection: close')));
    }, keys);
    return { keys, port, names, resumed };
  }
  const trusting = ({ cert }: Keys, verifySsl = true) => ({ ca: cert, verifySsl, session: undefined });

  it('checks the name that was asked for, and tells it to the server', async (context) => {
    const { keys, port, names } = await serve(context, 'DNS:localhost');
    const { connection } = await openTo(port, { hostname: 'localhost', tls: trusting(keys) });
    await readAll(await connection.send(GET, never));
    expect(names).toEqual(['localhost']);
    await expect(openTo(port, { tls: trusting(keys) })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });
  it('checks an address as an address, and tells the server no name', async (context) => {
    const { keys, port, names } = await serve(context, 'IP:127.0.0.1');
    const { connection } = await openTo(port, { tls: trusting(keys) });
    await readAll(await connection.send(GET, never));
    expect(names).toEqual([false]);
    await expect(openTo(port, { hostname: 'localhost', tls: trusting(keys) })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });
  it('sends small writes at once, and keeps the connection alive, as a plain one does', async (context) => {
    const { keys, port } = await serve(context, 'IP:127.0.0.1');
    const plain = await startRawServer(() => undefined);
    // Node hands neither to TLS as an option, and has no way to ask a socket: what is left is to see it told.
    const told = (['setNoDelay', 'setKeepAlive'] as const).map((name) => vi.spyOn(Socket.prototype, name));
    onTestFinished(() => void vi.restoreAllMocks());
    await openTo(plain);
    await openTo(port, { tls: trusting(keys) });
    for (const spy of told) {
      const sockets = spy.mock.contexts.filter((_, nth) => spy.mock.calls[nth]?.[0] === true);
      expect(sockets.map((socket) => socket instanceof TLSSocket)).toEqual([false, true]);
    }
  });
  it('believes no stranger, unless it is told to believe anybody', async (context) => {
    const { keys, port } = await serve(context, 'DNS:elsewhere.example');
    const strange = { verifySsl: true, session: undefined };
    await expect(openTo(port, { tls: strange })).rejects.toMatchObject({
      code: expect.stringContaining('SELF_SIGNED'),
    });
    const { connection } = await openTo(port, { tls: trusting(keys, false) });
    await expect(readAll(await connection.send(GET, never))).resolves.toEqual(Buffer.from('yes'));
  });
  it('goes on with a session within one pool, and never with that of another', async (context) => {
    const { keys, port, resumed } = await serve(context, 'IP:127.0.0.1');
    const address = { hostname: '127.0.0.1', port, isTls: true, host: 'h', path: '/' };
    for (const verifySsl of [false, true]) {
      const pool = createPool({
        connectTimeoutMs: 10_000,
        tls: verifySsl ? { ca: keys.cert } : {},
        verifySsl,
      });
      for (const _ of [1, 2]) {
        const connection = await pool.take(address, never);
        await readAll(await connection.send(GET, never));
      }
      pool.close();
    }
    expect(resumed).toEqual([false, true, false, true]);
    // What one that believes anybody has seen is no reason to believe it here.
    const careful = createPool({ connectTimeoutMs: 10_000, tls: {}, verifySsl: true });
    await expect(careful.take(address, never)).rejects.toMatchObject({
      code: expect.stringContaining('SELF_SIGNED'),
    });
  });
});
