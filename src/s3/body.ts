import { Readable } from 'node:stream';
import type { PartBody } from '../transfer/ports.ts';

/** Small enough that progress is smooth, large enough to cost nothing (measured: smaller pieces cost CPU). */
const PIECE_BYTES = 256 * 1024;

/**
 * The body of one request as a stream of pieces: the socket pulls, so what was pulled before has been handed
 * over. Every attempt makes a new one over the same bytes.
 */
export function meteredBody(body: PartBody, onBytes: (total: number) => void): Readable {
  return Readable.from(pieces(body, onBytes), { objectMode: false, highWaterMark: PIECE_BYTES });
}

function* pieces(body: PartBody, onBytes: (total: number) => void): Generator<Uint8Array> {
  let handedOver = 0;
  for (const bytes of body.open()) {
    for (let start = 0; start < bytes.byteLength; start += PIECE_BYTES) {
      const piece = bytes.subarray(start, start + PIECE_BYTES);
      yield piece;
      handedOver += piece.byteLength;
      onBytes(handedOver);
    }
  }
}
