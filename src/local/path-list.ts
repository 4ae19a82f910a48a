import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { throwIfAborted } from '../transfer/errors.ts';
import { diskError } from './disk-error.ts';

/** Paths from a file or a stream, one a line, or with NUL between them; empty ones are left out. */
export async function* readPaths(
  from: string | Readable,
  options: { readonly separator: '\n' | '\0'; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const { separator, signal } = options;
  const stream = typeof from === 'string' ? createReadStream(from) : from;
  // Whoever writes the list may never finish it.
  addAbortSignal(signal, stream);
  const chunks: AsyncIterable<Uint8Array> = stream;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of chunks) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split(separator);
      rest = pieces.pop() ?? '';
      yield* pieces.map((piece) => cleaned(piece, separator)).filter(Boolean);
    }
  } catch (error) {
    throwIfAborted(signal);
    throw diskError(`read the list ${typeof from === 'string' ? from : 'from stdin'}`, error);
  }
  yield* [cleaned(rest, separator)].filter(Boolean);
}

/** Lists written on Windows end their lines with CR too. */
function cleaned(piece: string, separator: string): string {
  return separator === '\n' ? piece.replace(/\r$/, '') : piece;
}
