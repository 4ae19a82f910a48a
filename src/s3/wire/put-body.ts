import type { PartBody, SendOptions } from '../../transfer/ports.ts';
import type { Signs } from '../supervise.ts';
import type { Outgoing } from './connection.ts';

/** Larger pieces gain nothing; a whole part at once would lie in a TLS socket a second time (measured: 208 MiB). */
const PIECE_BYTES = 256 * 1024;

/** Hands a body over piece by piece, and tells how many bytes the system has taken. */
export function bodyWriter(
  body: PartBody,
  onBytes: (total: number) => void,
  { throttle, signal }: SendOptions,
  signs: Pick<Signs, 'alive' | 'pause'>,
): Outgoing['writeBody'] {
  const size = Math.min(PIECE_BYTES, throttle?.pieceBytes ?? PIECE_BYTES);
  return async (write) => {
    let handedOver = 0;
    for await (const bytes of body.open()) {
      for (let start = 0; start < bytes.byteLength; start += size) {
        const piece = bytes.subarray(start, start + size);
        if (throttle) {
          // It is this side that waits: no server is to be blamed for the silence.
          signs.pause();
          await throttle.pass(piece.byteLength, { signal });
          signs.alive();
        }
        if (!(await write(piece))) return false;
        handedOver += piece.byteLength;
        onBytes(handedOver);
      }
    }
    return true;
  };
}
