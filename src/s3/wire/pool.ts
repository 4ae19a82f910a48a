import type { Tls } from '../agents.ts';
import type { Address } from './address.ts';
import { type Connection, openConnection } from './connection.ts';
import { slabsWithin } from './slab.ts';

/** Connections that are kept open between requests, by where they lead. */
export type Pool = {
  /** An idle connection, or a new one. It comes back by itself when its answer was read to the end. */
  take(address: Address, signal: AbortSignal): Promise<Connection>;
  /** Closes the idle ones. */
  close(): void;
};

export type PoolOptions = {
  readonly connectTimeoutMs: number;
  readonly tls: Tls;
  readonly verifySsl: boolean;
};

/** Node's own servers close an idle connection after five seconds: be first, or a request may meet the closing. */
const IDLE_MS = 4_000;

type Idle = { readonly connection: Connection; readonly since: number };

export function createPool({ connectTimeoutMs, tls, verifySsl }: PoolOptions): Pool {
  const idle = new Map<string, Idle[]>();
  // A connection that goes on with a session of TLS saves the long way of making one.
  const sessions = new Map<string, Buffer>();
  const makeSlab = slabsWithin();
  let isClosed = false;
  return {
    async take(address, signal) {
      const name = `${address.isTls ? 'https' : 'http'}://${address.hostname}:${address.port}`;
      // The one that was used last is the most likely to be open still.
      for (let found = idle.get(name)?.pop(); found; found = idle.get(name)?.pop()) {
        if (isFresh(found)) return found.connection;
        found.connection.destroy();
      }
      const target = {
        hostname: address.hostname,
        port: address.port,
        timeoutMs: connectTimeoutMs,
        tls: address.isTls ? { ...tls, verifySsl, session: sessions.get(name) } : undefined,
      };
      return await openConnection(
        target,
        signal,
        {
          onSession: (session) => void sessions.set(name, session),
          onIdle(connection) {
            if (isClosed) return connection.destroy();
            const others = idle.get(name) ?? [];
            // Those at the bottom would never be looked at while there are fresh ones.
            for (const other of others) if (!isFresh(other)) other.connection.destroy();
            idle.set(name, [...others.filter(isFresh), { connection, since: performance.now() }]);
          },
        },
        makeSlab,
      );
    },
    close() {
      isClosed = true;
      for (const { connection } of [...idle.values()].flat()) connection.destroy();
      idle.clear();
    },
  };
}

function isFresh({ connection, since }: Idle): boolean {
  return connection.isOpen && performance.now() - since < IDLE_MS;
}
