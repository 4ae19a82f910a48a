import type { Socket } from 'node:net';
import type { AnswerHead } from './answer-head.ts';
import { type AnswerReader, createAnswerReader } from './answer-reader.ts';
import { hangUp, openSocket, type SocketListener, type SocketTarget } from './socket.ts';

export type Outgoing = {
  readonly method: string;
  /** Request line and headers, with the empty line that ends them. */
  readonly head: string;
  /** Hands the body over piece by piece; resolves with whether that was all of it. @default no body */
  readonly writeBody?: ((write: Write) => Promise<boolean>) | undefined;
};

/** Resolves when the system has taken the bytes; with `false` when no more are wanted: the answer has come. */
export type Write = (bytes: Uint8Array) => Promise<boolean>;

/** An answer whose body is yet to be read. */
export type Incoming = AnswerHead & {
  /** The next bytes of the body, valid until they are asked for again; `undefined` at its end. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets go: a body that was not read to its end takes its connection along. */
  release(): void;
};

/** A connection that sends one request at a time. */
export type Connection = {
  /** @throws the error of the connection; the reason of `signal` */
  send(request: Outgoing, signal: AbortSignal): Promise<Incoming>;
  /** Whether it may be given another request. */
  readonly isOpen: boolean;
  destroy(): void;
};

type Exchange = {
  readonly reader: AnswerReader;
  /** Parts of the body that were read, and not asked for. */
  readonly queue: Uint8Array[];
  /** Wakes whoever waits for the head or for more of the body. */
  wake: () => void;
};

/** Connects; `onIdle` is told whenever an answer was read to its end. */
export async function openConnection(
  target: SocketTarget,
  signal: AbortSignal,
  listener: Pick<SocketListener, 'onSession'> & { readonly onIdle: (connection: Connection) => void },
): Promise<Connection> {
  let exchange: Exchange | undefined;
  let failure: unknown;
  let isOpen = true;

  const onRead = (bytes: Uint8Array): boolean => {
    // Nobody asked: whatever this is, it belongs to no request.
    if (!exchange) return fail(hangUp());
    const { reader, queue } = exchange;
    try {
      for (const part of reader.take(bytes)) queue.push(part);
    } catch (error) {
      return fail(error);
    }
    exchange.wake();
    return queue.length === 0;
  };
  const fail = (error: unknown): false => {
    failure ??= error;
    isOpen = false;
    socket?.destroy();
    exchange?.wake();
    return false;
  };

  let socket: Socket | undefined;
  const opened = await openSocket(target, { onRead, onSession: listener.onSession }, signal);
  socket = opened;
  opened.on('error', fail);
  opened.on('end', () => exchange?.reader.end());
  opened.on('close', () => fail(hangUp()));

  /** Waits until there is something to see, or nothing more will come. */
  const until = async (current: Exchange, isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      if (!isOpen) throw failure;
      await new Promise<void>((resolve) => (current.wake = resolve));
    }
  };

  const connection: Connection = {
    get isOpen() {
      return isOpen;
    },
    destroy: () => void fail(hangUp()),
    async send({ method, head, writeBody }, abort) {
      const current: Exchange = { reader: createAnswerReader(method), queue: [], wake: () => undefined };
      const { reader, queue } = current;
      exchange = current;
      const onAbort = (): void => void fail(abort.reason);
      abort.addEventListener('abort', onAbort, { once: true });
      if (abort.aborted) onAbort();
      const release = (): void => {
        if (exchange !== current) return;
        abort.removeEventListener('abort', onAbort);
        exchange = undefined;
        if (!reader.isReusable || queue.length > 0 || !isOpen) return void fail(hangUp());
        // Goes on listening, to hear the other side close.
        opened.resume();
        opened.unref();
        // The answer may be read before the system says that it took the last bytes of the body.
        void sending.then((isAll) => (isAll ? listener.onIdle(connection) : fail(hangUp())));
      };
      const write: Write = async (bytes) => {
        if (reader.head || !isOpen) return false;
        await written(opened, bytes);
        return reader.head === undefined;
      };
      opened.ref();
      // One packet for the head and the first of the body.
      opened.cork();
      opened.write(head, 'latin1');
      queueMicrotask(() => opened.uncork());
      const sending = writeBody ? writeBody(write).catch(fail) : Promise.resolve(true);
      try {
        await until(current, () => reader.head !== undefined);
      } catch (error) {
        release();
        throw error;
      }
      return {
        ...headOf(reader),
        release,
        async next() {
          const ready = queue.shift();
          if (ready) return ready;
          if (!reader.isDone) {
            opened.resume();
            await until(current, () => queue.length > 0 || reader.isDone);
          }
          return queue.shift();
        },
      };
    },
  };
  return connection;
}

function headOf({ head }: AnswerReader): AnswerHead {
  if (!head) throw new Error('an answer without a head');
  return head;
}

function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
