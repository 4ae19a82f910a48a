import { throwIfAborted } from '../transfer/errors.ts';
import type { Sink, Source, StreamSource } from '../transfer/ends.ts';
import { diskError } from './disk-error.ts';

/** Bytes in memory as a source. They must not be changed while they are sent. */
export function bytesSource(bytes: Uint8Array, name = 'memory'): Source {
  return {
    name,
    size: bytes.byteLength,
    async read(start, into, { signal }) {
      throwIfAborted(signal);
      into.set(bytes.subarray(start, start + into.byteLength));
    },
    isSame: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  };
}

/** Anything that gives bytes once and in order (a Readable, a generator), of unknown length. */
export function streamSource(stream: AsyncIterable<Uint8Array>, name = 'stream'): StreamSource {
  return { name, stream: explained(stream, name) };
}

/** A source that breaks says so as an error of ours. */
async function* explained(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw diskError(`read ${name}`, error);
  }
}

/** A sink that keeps everything in memory; `bytes()` is the object once the download is done. */
export function bytesSink(name = 'memory'): Sink & { bytes(): Uint8Array } {
  let memory = new Uint8Array();
  let done = false;
  return {
    name,
    order: 'any',
    async open(size) {
      memory = new Uint8Array(size);
    },
    async write(offset, bytes) {
      memory.set(bytes, offset);
    },
    async *reread() {
      yield memory;
    },
    async commit() {
      done = true;
    },
    async discard() {
      memory = new Uint8Array();
    },
    bytes() {
      if (!done) throw new Error('the download has not finished');
      return memory;
    },
  };
}
