import { throwIfAborted, TransferError } from '../../../src/transfer/errors.ts';
import type { Source, StreamSource } from '../../../src/transfer/ends.ts';
import type { Clock } from '../../../src/transfer/ports.ts';

export type MemorySource = Source & { readonly reading: number };

/** Bytes as a source. `changes`: they turn out to be other ones by the end; `unreadable`: from this offset on. */
export function memorySource(
  bytes: Uint8Array,
  options: { readonly clock: Clock; readonly changes?: boolean; readonly unreadable?: number },
): MemorySource {
  let reading = 0;
  return {
    name: 'file',
    size: bytes.byteLength,
    get reading() {
      return reading;
    },
    async read(start, into, { signal }) {
      throwIfAborted(signal);
      reading++;
      try {
        await options.clock.sleep(1, { signal });
        if (options.unreadable !== undefined && start + into.byteLength > options.unreadable) {
          throw new TransferError('disk', 'cannot read file: EIO', { code: 'EIO' });
        }
        into.set(bytes.subarray(start, start + into.byteLength));
      } finally {
        reading--;
      }
    },
    isSame: () => Promise.resolve(options.changes !== true),
    close: () => Promise.resolve(),
  };
}

export type MemoryStream = StreamSource & { readonly isClosed: boolean };

/** Bytes that come once, in pieces of `pieceSize`; then, where it is given, `failure` instead of an end. */
export function memoryStream(bytes: Uint8Array, pieceSize = 65_536, failure?: Error): MemoryStream {
  let isClosed = false;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < bytes.byteLength; at += pieceSize) yield bytes.slice(at, at + pieceSize);
      if (failure) throw failure;
    } finally {
      isClosed = true;
    }
  }
  return {
    name: 'stdin',
    stream: pieces(),
    get isClosed() {
      return isClosed;
    },
  };
}
