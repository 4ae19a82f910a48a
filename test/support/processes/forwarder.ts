import { EventEmitter, once } from 'node:events';
import { createServer, type Socket, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from '../listen.ts';

/** How many bytes each connection may carry before it stands still; new connections start afresh. */
export type Limits = { readonly up?: number; readonly down?: number };

/** A way to a server on which transfers stop in the middle, however fast the machine is. */
export type Forwarder = {
  readonly endpoint: string;
  /** Resolves when a connection has reached its limit and stands still. */
  readonly stuck: Promise<void>;
  /** From now on nothing passes, on old connections and new ones. */
  freeze(): void;
  /** From now on new connections carry everything. */
  release(): void;
};

/** Forwards connections to a server until the test is over. */
export async function startForwarder(server: string, limits: Limits): Promise<Forwarder> {
  const target = new URL(server);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let isReleased = false;
  const events = new EventEmitter();
  const stuck = once(events, 'stuck').then(() => undefined);

  const pass = (from: Socket, to: Socket, limit: number): void => {
    let carried = 0;
    from.on('data', (bytes: Buffer) => {
      const allowed = isFrozen ? 0 : Math.max(0, limit - carried);
      carried += bytes.byteLength;
      if (allowed > 0 && !to.write(bytes.subarray(0, allowed))) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      if (bytes.byteLength <= allowed) return;
      // Nothing is read any more either, so the sender's buffers fill as behind a dead link.
      from.removeAllListeners('data').pause();
      events.emit('stuck');
    });
    from.on('end', () => to.end());
    from.on('close', () => void to.destroy());
    from.on('error', () => undefined);
  };
  const listener = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.setNoDelay());
    const { up = Number.POSITIVE_INFINITY, down = Number.POSITIVE_INFINITY } = isReleased ? {} : limits;
    pass(client, upstream, up);
    pass(upstream, client, down);
  });
  const port = await listen(listener);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stuck,
    freeze: () => void (isFrozen = true),
    release: () => void (isReleased = true),
  };
}
