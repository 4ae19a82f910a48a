import { connect as connectPlain, isIP, type Socket } from 'node:net';
import type { Tls } from '../agents.ts';

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
  const to = { host: hostname, port, noDelay: true, keepAlive: true, onread };
  // The module for TLS is only loaded for those who use it.
  const socket = tls
    ? (await import('node:tls')).connect({ ...to, ...tlsOptions(hostname, tls) })
    : connectPlain(to);
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
    rejectUnauthorized: verifySsl,
  };
}

async function opened(socket: Socket, event: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout()), timeoutMs);
    const onAbort = (): void => settle(() => reject(signal.reason));
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once(event, () => settle(resolve));
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('close', () => settle(() => reject(hangUp())));
  });
}

function timeout(): Error {
  return Object.assign(new Error('the connection could not be made in time'), { code: 'ETIMEDOUT' });
}

/** The other side closed without a word. */
export function hangUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
