import type { PartBody } from '../../transfer/ports.ts';
import type { Outgoing } from './connection.ts';

/** Larger pieces gain nothing; a whole part at once would lie in a TLS socket a second time (measured: 208 MiB). */
const PIECE_BYTES = 256 * 1024;

/** Hands a body over piece by piece, and tells how many bytes the system has taken. */
export function bodyWriter(body: PartBody, onBytes: (total: number) => void): Outgoing['writeBody'] {
  return async (write) => {
    let handedOver = 0;
    for (const bytes of body.open()) {
      for (let start = 0; start < bytes.byteLength; start += PIECE_BYTES) {
        const piece = bytes.subarray(start, start + PIECE_BYTES);
        const goesOn = await write(piece);
        handedOver += piece.byteLength;
        onBytes(handedOver);
        if (!goesOn) return handedOver === body.size;
      }
    }
    return true;
  };
}
