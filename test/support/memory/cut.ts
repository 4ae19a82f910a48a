import { interruption, throwIfAborted } from '../../../src/transfer/errors.ts';
import { inParallel } from '../../../src/transfer/parallel.ts';
import type { CutStream } from '../../../src/transfer/cut-stream.ts';
import { joined } from './bytes.ts';

type Piece = { readonly number: number; readonly bytes: Uint8Array; readonly isLast: boolean };

/** Cuts streams in memory; into smaller parts than asked for where `partSize` is given, to keep tests small. */
export function memoryCut(options: { readonly partSize?: number | undefined } = {}): CutStream {
  return async (stream, { signal, partSize, lanes }, verbs) => {
    const pieces = cutPieces(stream, options.partSize ?? partSize, signal);
    try {
      const first = await pieces.next();
      if (first.done) throw new Error('a cut without a piece');
      if (first.value.isLast) return await verbs.put(first.value.bytes);
      await verbs.begin();
      throwIfAborted(signal);
      await inParallel(withFirst(first.value, pieces), lanes, signal, async ({ number, bytes }) => {
        await verbs.part(number, bytes);
      });
      await verbs.complete();
    } finally {
      await pieces.return(undefined);
    }
  };
}

async function* withFirst(first: Piece, rest: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  yield first;
  yield* rest;
}

/** At least one piece, even of an empty stream; the last is known as such. */
async function* cutPieces(
  stream: AsyncIterable<Uint8Array>,
  partSize: number,
  signal: AbortSignal,
): AsyncGenerator<Piece, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  let number = 1;
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) break;
      rest = joined([rest, next.value]);
      // One byte more than a part proves that it is not the last.
      for (; rest.byteLength > partSize; rest = rest.slice(partSize)) {
        yield { number: number++, bytes: rest.slice(0, partSize), isLast: false };
      }
    }
    yield { number, bytes: rest, isLast: true };
    return undefined;
  } finally {
    // Not awaited: a source that gives nothing any more does not answer this either.
    void iterator.return?.();
  }
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfAborted(signal);
  const over = new AbortController();
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(interruption(signal)), {
        once: true,
        signal: over.signal,
      });
    });
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
  }
}
