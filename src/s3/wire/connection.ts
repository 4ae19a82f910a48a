import type { Socket } from 'node:net';
import type { AnswerHead } from './answer-head.ts';
import { type AnswerReader, createAnswerReader } from './answer-reader.ts';
import { addPiece, type MakeSlab, slabsWithin } from './slab.ts';
import { hangUp, openSocket, type SocketListener, type SocketTarget } from './socket.ts';

export type Outgoing = {
  readonly method: string;
  /** Request line and headers, with the empty line that ends them. */
  readonly head: string;
  /** @default no body */
  readonly writeBody?: WriteBody | undefined;
};

/** Hands over a body, in pieces of at most so many bytes; resolves with whether that was all of it. */
export type WriteBody = (write: Write, mostBytes: number) => Promise<boolean>;

/** Resolves when the system has taken the bytes; with `false` when it has not, and no more are wanted: the answer has come. */
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
  /** Pieces of the body that were read, and not taken. */
  readonly queue: Uint8Array[];
  /** Whether they may be taken: nothing is read until they all are, and more is asked for. */
  isRipe: boolean;
  /** Whoever asked has waited long enough: whatever comes is handed on. */
  isUrgent: boolean;
  /** Wakes whoever waits for the head or for more of the body. */
  wake: () => void;
};

/** Fewer pieces are fewer calls: a tenth of the CPU of a put less than with a quarter of it (measured). */
const MOST_BYTES = 1024 ** 2;
/** What is given to a TLS socket lies there a second time until it has gone: a part at once took 208 MiB (measured). */
const MOST_TLS_BYTES = 256 * 1024;
/** So long after it was asked for what has come is handed on, however little it is. */
const RIPE_AFTER_MS = 50;
/** The last of a body may be taken shortly after its answer was read; who leaves it for longer will not take it. */
const GRACE_MS = 1_000;

/** Connects; `onIdle` is told whenever an answer was read to its end. `makeSlab` makes what is read into. */
export async function openConnection(
  target: SocketTarget,
  signal: AbortSignal,
  listener: Pick<SocketListener, 'onSession'> & { readonly onIdle: (connection: Connection) => void },
  makeSlab: MakeSlab = slabsWithin(),
): Promise<Connection> {
  let exchange: Exchange | undefined;
  let failure: unknown;
  let isOpen = true;
  const mostBytes = target.tls ? MOST_TLS_BYTES : MOST_BYTES;

  const slab = makeSlab(target.tls ? 2 : 1);
  const onRead = (bytes: Uint8Array): boolean => {
    // Nobody asked: whatever this is, it belongs to no request.
    if (!exchange || exchange.reader.isDone) return fail(hangUp());
    const { reader, queue } = exchange;
    slab.filled(bytes.byteLength);
    try {
      for (const piece of reader.take(bytes)) addPiece(queue, piece);
    } catch (error) {
      return fail(error);
    }
    // A straggler, where one may come: the slab has turned already.
    if (exchange.isRipe) return false;
    exchange.isRipe = reader.isDone || (queue.length > 0 && (slab.isFull || exchange.isUrgent));
    if (exchange.isRipe || queue.length === 0) slab.turn();
    // The head may be what is waited for.
    exchange.wake();
    return !exchange.isRipe || queue.length === 0;
  };
  const fail = (error: unknown): false => {
    failure ??= error;
    isOpen = false;
    socket?.destroy();
    exchange?.wake();
    return false;
  };

  let socket: Socket | undefined;
  const reading = { memory: slab.next, onRead, onSession: listener.onSession };
  const opened = await openSocket(target, reading, signal);
  socket = opened;
  opened.on('error', fail);
  opened.on('end', () => {
    exchange?.reader.end();
    fail(hangUp());
  });
  opened.on('close', () => {
    slab.free();
    fail(hangUp());
  });
  if (!isOpen || opened.destroyed) fail(hangUp());

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
      const reader = createAnswerReader(method);
      const current: Exchange = {
        reader,
        queue: [],
        isRipe: false,
        isUrgent: false,
        wake: () => undefined,
      };
      const { queue } = current;
      let sent: boolean | undefined;
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
        const end = (isAll: boolean): unknown =>
          isAll && isOpen ? listener.onIdle(connection) : fail(hangUp());
        if (sent !== undefined) return void end(sent);
        // The answer may be read before the system says that it took the last bytes of the body.
        const grace = setTimeout(() => fail(hangUp()), GRACE_MS).unref();
        void sending.then((isAll) => {
          clearTimeout(grace);
          return end(isAll);
        });
      };
      const write: Write = async (bytes) => {
        // A request whose body is cut is the end of its connection: the rest would be taken for the next request.
        if (reader.head || !isOpen) return false;
        const taken = written(opened, bytes);
        opened.uncork();
        await taken;
        return isOpen;
      };
      const urge = (): void => {
        current.isUrgent = true;
        if (queue.length === 0) return;
        current.isRipe = true;
        opened.pause();
        current.wake();
      };
      opened.ref();
      // One packet for the head and the first of the body: the head waits for it.
      opened.cork();
      opened.write(head, 'latin1');
      const sending = writeBody ? writeBody(write, mostBytes).catch(fail) : Promise.resolve(true);
      void sending.then((isAll) => {
        sent = isAll;
        return opened.uncork();
      });
      try {
        await until(current, () => reader.head !== undefined);
      } catch (error) {
        release();
        throw error;
      }
      const { status, headers, framing, keepsAlive } = headOf(reader);
      return {
        status,
        headers,
        framing,
        keepsAlive,
        release,
        async next() {
          if (queue.length === 0 && !reader.isDone) {
            current.isRipe = false;
            current.isUrgent = false;
            opened.resume();
          }
          const isThere = (): boolean => current.isRipe || reader.isDone;
          if (isThere()) return queue.shift();
          const urgent = setTimeout(urge, RIPE_AFTER_MS);
          try {
            await until(current, isThere);
          } finally {
            clearTimeout(urgent);
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
