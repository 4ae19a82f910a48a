import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { throwIfAborted, TransferError } from '../transfer/errors.ts';
import { diskError } from './disk-error.ts';

/** Longer than a path of any system. What has no separator for longer is no list but a disk image, or endless. */
const LONGEST_PATH = 64 * 1024;

/**
 * Paths from a file or a stream, one a line, or with NUL between them; empty ones are left out.
 * @throws TransferError `disk` for a list that cannot be read, `usage` for what is no list
 */
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
      if (rest.length > LONGEST_PATH) throw notList(separator);
      yield* pieces.map((piece) => cleaned(piece, separator)).filter(Boolean);
    }
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof TransferError) throw error;
    throw diskError(`read the list ${typeof from === 'string' ? from : 'from stdin'}`, error);
  }
  yield* [cleaned(rest, separator)].filter(Boolean);
}

function notList(separator: '\n' | '\0'): TransferError {
  const end = separator === '\0' ? 'no NUL' : 'no line end';
  return new TransferError('usage', `the list of files has ${end} for ${LONGEST_PATH} characters`, {
    hint:
      separator === '\0' ? 'Without -0 a list has one path a line.' : 'With -0 a list has NUL between paths.',
  });
}

/** Lists written on Windows end their lines with CR too. */
function cleaned(piece: string, separator: string): string {
  return separator === '\n' ? piece.replace(/\r$/, '') : piece;
}
