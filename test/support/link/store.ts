import { TransferError } from '../../../src/transfer/errors.ts';
import type { Store } from '../../../src/transfer/ports.ts';
import type { Line } from './line.ts';

/** What goes wrong with one attempt at a part, looked at when it begins. */
export type Trouble = {
  /** The server has enough: refused at once. */
  readonly isTooMuch?: boolean | undefined;
  /** Broken off after so much of it, from 0 to 1. */
  readonly breaksAt?: number | undefined;
};

export type LinkStoreOptions = {
  readonly line: Line;
  /** The size of the one object. */
  readonly size: number;
  /** What this machine takes at once of a body that is sent. @default 256 KiB */
  readonly bufferBytes?: number | undefined;
  readonly trouble?: (() => Trouble) | undefined;
};

/** What a socket gives and takes at a time. */
const READ_BYTES = 64 * 1024;
const SEND_BYTES = 256 * 1024;

/** Sums that prove nothing: no byte is looked at, a gibibyte is only a number. */
export const NO_SUMS = { crc32: '00000000' };

const never = (): never => {
  throw new Error('nobody needs this on a simulated line');
};

/** A listing of nothing, asked for by one request. */
async function* nothing(ask: () => Promise<void> = () => Promise.resolve()): AsyncGenerator<never> {
  await ask();
  yield* [];
}

/** A store at the end of a line. It keeps nothing: only the time is of interest. */
export function linkStore(options: LinkStoreOptions): Store {
  const { line, size, bufferBytes = SEND_BYTES, trouble = () => ({}) } = options;
  let info = { key: 'key', size, etag: 'etag', lastModified: new Date(0) };
  let made = 0;
  const part = new Uint8Array(READ_BYTES);

  const refuse = (what: Trouble): void => {
    if (what.isTooMuch) throw new TransferError('throttled', 'SlowDown', { status: 503 });
  };
  const breakOff = ({ breaksAt = 2 }: Trouble, done: number): void => {
    if (done > breaksAt) throw new TransferError('network', 'broken off', { recovery: 'again' });
  };
  return {
    endpoint: 'link:',
    shape: '',
    wantedSums: ['crc32'],
    describe: ({ key }) => key,
    async stat(_, cancel) {
      await line.roundTrip(cancel);
      return info;
    },
    partSize: () => Promise.resolve(undefined),
    readWhole: () => Promise.resolve(undefined),
    async *read(_, { start, end }, cancel) {
      await line.roundTrip(cancel);
      const what = trouble();
      refuse(what);
      // A generator cannot yield from within a callback: what has come waits here until it is asked for.
      const arrived: number[] = [];
      let wake = (): void => undefined;
      const moving = line
        .move(
          end - start,
          READ_BYTES,
          (moved) => {
            breakOff(what, moved / (end - start));
            arrived.push(moved);
            wake();
          },
          cancel,
        )
        .finally(() => wake());
      moving.catch(() => undefined); // told below, behind what has come
      for (let before = start; before < end; ) {
        const moved = arrived.shift();
        if (moved === undefined) {
          await Promise.race([moving, new Promise<void>((resolve) => (wake = resolve))]);
          continue;
        }
        yield part.subarray(0, start + moved - before);
        before = start + moved;
      }
    },
    put: never,
    async beginUpload(object, cancel) {
      await line.roundTrip(cancel);
      return { ...object, uploadId: 'upload', begunAt: info.lastModified };
    },
    async uploadPart(_, { number, start, end }, _body, { signal, onBytes, throttle }) {
      const length = end - start;
      await line.roundTrip({ signal });
      const what = trouble();
      refuse(what);
      onBytes?.(Math.min(length, bufferBytes));
      await line.move(
        length,
        SEND_BYTES,
        async (moved) => {
          breakOff(what, moved / length);
          onBytes?.(Math.min(length, moved + bufferBytes));
          await throttle?.pass(SEND_BYTES, { signal });
        },
        { signal },
      );
      return { number, size: length, etag: 'etag', sums: NO_SUMS };
    },
    listParts: () => nothing(),
    async completeUpload(_upload, _receipts, cancel) {
      await line.roundTrip(cancel);
      info = { ...info, etag: `made-${++made}` };
      return { etag: info.etag };
    },
    abortUpload: () => Promise.resolve('aborted'),
    listBuckets: never,
    listObjects: never,
    listVersions: never,
    listUploads: (_bucket, _prefix, { signal, repeat }) =>
      nothing(() => repeat(() => line.roundTrip({ signal }))),
  };
}
