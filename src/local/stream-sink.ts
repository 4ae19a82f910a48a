import type { Writable } from 'node:stream';
import { interruption, throwIfAborted, TransferError } from '../transfer/errors.ts';
import type { Sink } from '../transfer/ends.ts';
import { diskError } from './disk-error.ts';

/** A pipe, a terminal, a FIFO, any writable stream: bytes go out once, in order. The stream stays open. */
export function streamSink(stream: Writable, name: string): Sink {
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  return {
    name,
    order: 'in-order',
    async open() {
      stream.on('error', onError);
    },
    async write(_offset, bytes, { signal }) {
      throwIfAborted(signal);
      if (broken) throw diskError(`write to ${name}`, broken);
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(interruption(signal));
        signal.addEventListener('abort', onAbort, { once: true });
        // The callback comes when the bytes are handed to the system, so the buffer may be used again.
        stream.write(bytes, (error) => {
          signal.removeEventListener('abort', onAbort);
          if (error) reject(diskError(`write to ${name}`, error));
          else resolve();
        });
      });
    },
    // oxlint-disable-next-line require-yield -- the port has the verb, a pipe has no way back
    async *reread() {
      throw new TransferError('unsupported', `${name} cannot be read again`);
    },
    async commit() {
      stream.off('error', onError);
      if (broken) throw diskError(`write to ${name}`, broken);
    },
    // What went out cannot be taken back; the error says so.
    async discard() {},
  };
}
