import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Address } from '../../../src/s3/wire/address.ts';
import { createPool, type Pool } from '../../../src/s3/wire/pool.ts';
import { answerOf, GET, never, onRequests, readAll, startRawServer, until } from './raw-server.ts';

function openPool(): Pool {
  const pool = createPool({ connectTimeoutMs: 10_000, tls: {}, verifySsl: true });
  onTestFinished(() => pool.close());
  return pool;
}

const at = (port: number): Address => ({ hostname: '127.0.0.1', port, isTls: false, host: 'h', path: '/' });

/** A server that says which of its connections it is. */
const counting = (serve: (socket: Socket, nth: number) => void = () => undefined): Promise<number> =>
  startRawServer((socket, nth) => {
    serve(socket, nth);
    onRequests(socket, () => socket.write(answerOf(String(nth))));
    socket.on('end', () => socket.end());
  });

/** One request; which connection it went over. */
async function ask(pool: Pool, port: number): Promise<string> {
  const connection = await pool.take(at(port), never);
  return (await readAll(await connection.send(GET, never))).toString();
}

describe('a pool', () => {
  it('uses one connection for requests after each other, and as many as there are at once', async () => {
    const pool = openPool();
    const port = await counting();
    for (const _ of Array.from({ length: 5 })) {
      expect(await ask(pool, port)).toBe('0');
      await sleep(0);
    }
    const together = await Promise.all(Array.from({ length: 4 }, () => ask(pool, port)));
    expect(together.toSorted()).toEqual(['0', '1', '2', '3']);
  });
  it('keeps those of one address from another', async () => {
    const pool = openPool();
    const [one, other] = [await counting(), await counting()];
    expect(await ask(pool, one)).toBe('0');
    await sleep(0);
    expect(await ask(pool, other)).toBe('0');
    expect(await ask(pool, one)).toBe('0');
  });
  it('makes a new one where the server has closed the idle one', async () => {
    const pool = openPool();
    const sockets: Socket[] = [];
    const port = await counting((socket) => sockets.push(socket));
    expect(await ask(pool, port)).toBe('0');
    sockets[0]?.end();
    await until(() => sockets[0]?.destroyed === true);
    expect(await ask(pool, port)).toBe('1');
  });
  it('makes a new one where the last answer broke off or said that it closes', async () => {
    const pool = openPool();
    const port = await startRawServer((socket, nth) =>
      onRequests(socket, () => {
        if (nth === 0) socket.end(answerOf(String(nth), 'Connection: close'));
        else if (nth === 1) socket.write(answerOf('1').slice(0, -1), () => socket.destroy());
        else socket.write(answerOf(String(nth)));
      }),
    );
    expect(await ask(pool, port)).toBe('0');
    await expect(ask(pool, port)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await ask(pool, port)).toBe('2');
  });
  it('closes one that was idle for four seconds, since a server would soon', async () => {
    const now = vi.spyOn(performance, 'now');
    onTestFinished(() => now.mockRestore());
    const pool = openPool();
    const ended: number[] = [];
    const port = await counting((socket, nth) => socket.on('end', () => ended.push(nth)));
    await Promise.all([ask(pool, port), ask(pool, port)]);
    await sleep(0);
    now.mockReturnValue(performance.now() + 4_001);
    expect(await ask(pool, port)).toBe('2');
    await until(() => ended.length === 2);
  });
  it('lets go of what lies too long below one that is used again and again', async () => {
    const pool = openPool();
    const ended: number[] = [];
    const port = await counting((socket, nth) => socket.on('end', () => ended.push(nth)));
    const start = performance.now();
    const now = vi.spyOn(performance, 'now').mockImplementation(() => start);
    onTestFinished(() => now.mockRestore());
    await Promise.all([ask(pool, port), ask(pool, port)]);
    for (const later of [3_000, 6_000]) {
      await sleep(0);
      now.mockReturnValue(start + later);
      await ask(pool, port);
    }
    await until(() => ended.length === 1);
    expect(ended).toHaveLength(1);
  });
  it('closes the idle ones with itself, and the others when they are done', async () => {
    const pool = openPool();
    let open = 0;
    const port = await counting((socket) => {
      open++;
      socket.on('close', () => open--);
    });
    const [first, second] = [await pool.take(at(port), never), await pool.take(at(port), never)];
    await readAll(await first.send(GET, never));
    await sleep(0);
    const underWay = await second.send(GET, never);
    pool.close();
    expect(first.isOpen).toBe(false);
    await expect(readAll(underWay)).resolves.toEqual(Buffer.from('1'));
    await until(() => open === 0);
  });
});
