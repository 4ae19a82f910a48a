import { NotHttpError } from './answer-head.ts';

/** Takes a chunked body apart (RFC 9112, section 7.1). */
export type ChunkedDecoder = {
  /**
   * The parts of `bytes` that belong to the body, in order; each a view of `bytes`. Small ones are moved together, so
   * that however a server cuts its body there are few of them: what lay between is overwritten.
   */
  take(bytes: Uint8Array): Uint8Array[];
  /** Whether the last chunk and what follows it have come. */
  readonly isDone: boolean;
  /** How many bytes came behind the end. */
  readonly surplus: number;
};

const CR = 13;
const LF = 10;
/** A size in hex, and perhaps extensions that nobody uses. */
const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_LINES = 100;
/** To move so much costs less than to hand it on by itself. */
const SMALL_BYTES = 4096;

/** Extensions and trailers are read over. */
export function createChunkedDecoder(): ChunkedDecoder {
  let state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  let line = '';
  let hasCr = false;
  let trailers = 0;
  let left = 0;
  let surplus = 0;

  const endOfLine = (): void => {
    switch (state) {
      case 'size': {
        const hex = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
        if (hex === undefined) throw new NotHttpError('a chunk without a size');
        left = Number.parseInt(hex, 16);
        state = left === 0 ? 'trailer' : 'data';
        break;
      }
      case 'data-end':
        if (line !== '') throw new NotHttpError('a chunk that is longer than its size');
        state = 'size';
        break;
      case 'trailer':
        if (line === '') state = 'done';
        else if (++trailers > MAX_TRAILER_LINES) throw new NotHttpError('trailers that do not end');
        break;
      case 'data':
      case 'done':
        break;
    }
    line = '';
  };

  return {
    get isDone() {
      return state === 'done';
    },
    get surplus() {
      return surplus;
    },
    take(bytes) {
      const found: Uint8Array[] = [];
      // The piece that grows while small chunks follow: [from, to) of `bytes`.
      let from = 0;
      let to = 0;
      const endPiece = (): void => {
        if (to > from) found.push(bytes.subarray(from, to));
      };
      for (let at = 0; at < bytes.byteLength; ) {
        if (state === 'done') {
          surplus += bytes.byteLength - at;
          break;
        }
        if (state === 'data') {
          const end = Math.min(bytes.byteLength, at + left);
          if (to > from && end - at <= SMALL_BYTES) {
            bytes.copyWithin(to, at, end);
            to += end - at;
          } else {
            endPiece();
            from = at;
            to = end;
          }
          left -= end - at;
          at = end;
          if (left === 0) state = 'data-end';
          continue;
        }
        const byte = bytes[at++] ?? 0;
        // Others may see a line where only one of the two is; here it ends at both, or nothing is believed.
        if (hasCr !== (byte === LF)) throw new NotHttpError('a line that does not end as it should');
        hasCr = byte === CR;
        if (byte === LF) endOfLine();
        else if (!hasCr) line += String.fromCharCode(byte);
        if (line.length > MAX_LINE_BYTES) throw new NotHttpError('a line that does not end');
      }
      endPiece();
      return found;
    },
  };
}
