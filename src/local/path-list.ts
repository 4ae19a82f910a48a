import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { diskError } from './disk-error.ts';

/** Paths from a file or a stream, one a line, or with NUL between them; empty ones are left out. */
export async function* readPaths(
  from: string | Readable,
  options: { readonly separator: '\n' | '\0' },
): AsyncGenerator<string> {
  const { separator } = options;
  const stream: AsyncIterable<Uint8Array> = typeof from === 'string' ? createReadStream(from) : from;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of stream) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split(separator);
      rest = pieces.pop() ?? '';
      yield* pieces.map((piece) => cleaned(piece, separator)).filter(Boolean);
    }
  } catch (error) {
    throw diskError(`read the list ${typeof from === 'string' ? from : 'from stdin'}`, error);
  }
  yield* [cleaned(rest, separator)].filter(Boolean);
}

/** Lists written on Windows end their lines with CR too. */
function cleaned(piece: string, separator: string): string {
  return separator === '\n' ? piece.replace(/\r$/, '') : piece;
}
