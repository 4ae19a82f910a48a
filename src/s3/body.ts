import { Readable } from 'node:stream';
import type { PartBody, SendOptions } from '../transfer/ports.ts';
import type { Signs } from './supervise.ts';

/** Small enough that progress is smooth, large enough to cost nothing (measured: smaller pieces cost CPU). */
const PIECE_BYTES = 256 * 1024;

/**
 * The body of one request as a stream of pieces: the socket pulls, so what was pulled before has been handed
 * over. Every attempt makes a new one over the same bytes.
 */
export function meteredBody(
  body: PartBody,
  onBytes: (total: number) => void,
  { signal, throttle }: SendOptions,
  signs: Pick<Signs, 'alive' | 'pause'>,
): Readable {
  const size = Math.min(PIECE_BYTES, throttle?.pieceBytes ?? PIECE_BYTES);
  const all = pieces(body, size, onBytes);
  if (!throttle) return Readable.from(all, { objectMode: false, highWaterMark: size });
  const pass = async (bytes: number): Promise<void> => {
    // It is this side that waits: no server is to be blamed for the silence.
    signs.pause();
    await throttle.pass(bytes, { signal });
    signs.alive();
  };
  const held = Readable.from(heldBack(all, pass), { objectMode: false, highWaterMark: size });
  // Only an interruption ends the wait early. It has cancelled the request too, so nobody listens here any more.
  return held.on('error', () => undefined);
}

async function* pieces(
  body: PartBody,
  size: number,
  onBytes: (total: number) => void,
): AsyncGenerator<Uint8Array> {
  let handedOver = 0;
  for await (const bytes of body.open()) {
    for (let start = 0; start < bytes.byteLength; start += size) {
      const piece = bytes.subarray(start, start + size);
      yield piece;
      handedOver += piece.byteLength;
      onBytes(handedOver);
    }
  }
}

async function* heldBack(
  all: AsyncIterable<Uint8Array>,
  pass: (bytes: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of all) {
    await pass(piece.byteLength);
    yield piece;
  }
}
