import { connect as connectPlain, isIP, type Socket } from 'node:net';
import type { Tls } from '../agents.ts';
import { unlessAborted } from './unless-aborted.ts';

export type SocketTarget = {
  readonly hostname: string;
  readonly port: number;
  /** `undefined`: plain. */
  readonly tls: (Tls & { readonly verifySsl: boolean; readonly session: Buffer | undefined }) | undefined;
  readonly timeoutMs: number;
};

export type SocketListener = {
  /** Where the next read goes. */
  readonly memory: () => Uint8Array;
  /** Given what was read into it. `false`: read nothing more until told to. */
  readonly onRead: (bytes: Uint8Array) => boolean;
  /** A TLS session that a later connection may go on with. */
  readonly onSession: (session: Buffer) => void;
};

/** A connection that is ready to be written to, and reads into memory that is given. */
export async function openSocket(
  { hostname, port, tls, timeoutMs }: SocketTarget,
  { memory, onRead, onSession }: SocketListener,
  signal: AbortSignal,
): Promise<Socket> {
  const onread = {
    buffer: memory,
    callback: (count: number, buffer: Uint8Array): boolean => onRead(buffer.subarray(0, count)),
  };
  const to = { host: hostname, port, onread };
  // The module for TLS is only loaded for those who use it.
  const socket = tls
    ? (await import('node:tls')).connect({ ...to, ...tlsOptions(hostname, tls) })
    : connectPlain(to);
  // As options they have no effect on TLS: a body behind its head then waited 40 ms for an acknowledgement (measured).
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  if (tls) socket.on('session', onSession);
  try {
    await opened(socket, tls ? 'secureConnect' : 'connect', timeoutMs, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function tlsOptions(
  hostname: string,
  { ca, cert, key, verifySsl, session }: NonNullable<SocketTarget['tls']>,
): object {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(session && { session }),
    // A name may not be an address (RFC 6066, section 3).
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ALPNProtocols: ['http/1.1'],
    // Without it Node's own variable decides, as it does for every other connection.
    ...(!verifySsl && { rejectUnauthorized: false }),
  };
}

async function opened(socket: Socket, event: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const opening = new Promise<void>((resolve, reject) => {
    timer = setTimeout(() => reject(timeout()), timeoutMs);
    socket.once(event, () => resolve());
    // Whatever comes after the first is of no interest, but must be heard.
    socket.on('error', reject);
    socket.once('close', () => reject(hangUp()));
  });
  try {
    await unlessAborted(opening, signal);
  } finally {
    clearTimeout(timer);
  }
}

function timeout(): Error {
  return Object.assign(new Error('the connection could not be made in time'), { code: 'ETIMEDOUT' });
}

/** The other side closed without a word. */
export function hangUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
