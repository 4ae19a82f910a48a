import type { ClientRequest, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What a body is written to. */
type Target = ClientRequest | ServerResponse;

/** Writes a piece, and waits while the other side does not keep up. Returns also when it has gone. */
export async function writePiece(target: Target, piece: Buffer): Promise<void> {
  if (target.destroyed || target.write(piece)) return;
  await eventOrClose(target, 'drain');
}

/** Ends the message and waits until the kernel has all of it, or the other side has gone. */
export async function finish(target: Target): Promise<void> {
  if (target.destroyed) return;
  const finished = eventOrClose(target, 'finish');
  target.end();
  await finished;
}

/** Waits until the kernel has all that was written to a connection, or it is over. */
export async function flush(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.write('', () => resolve());
  });
}

async function eventOrClose(target: Target, event: 'drain' | 'finish'): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      target.off(event, done);
      target.off('close', done);
      resolve();
    };
    target.on(event, done);
    target.on('close', done);
  });
}
