import type { PartBody, SendOptions } from '../../transfer/ports.ts';
import type { Signs } from '../supervise.ts';
import type { WriteBody } from './connection.ts';

/** Small enough that progress is smooth on any line. */
const LEAST_BYTES = 256 * 1024;
/** A piece that is taken in this time may be twice as large: nobody sees the difference. */
const SMOOTH_MS = 20;

/** Hands a body over piece by piece, and tells how many bytes the system has taken. */
export function bodyWriter(
  body: PartBody,
  onBytes: (total: number) => void,
  { throttle, signal }: SendOptions,
  signs: Pick<Signs, 'alive' | 'pause'>,
  now: () => number = () => performance.now(),
): WriteBody {
  return async (write, mostBytes) => {
    const most = Math.min(mostBytes, throttle?.pieceBytes ?? mostBytes);
    let size = Math.min(LEAST_BYTES, most);
    let handedOver = 0;
    for await (const bytes of body.open()) {
      for (let start = 0; start < bytes.byteLength; ) {
        const piece = bytes.subarray(start, start + size);
        if (throttle) {
          // It is this side that waits: no server is to be blamed for the silence.
          signs.pause();
          await throttle.pass(piece.byteLength, { signal });
          signs.alive();
        }
        const startedAt = now();
        if (!(await write(piece))) return false;
        size = Math.min(now() - startedAt < SMOOTH_MS ? 2 * size : LEAST_BYTES, most);
        start += piece.byteLength;
        handedOver += piece.byteLength;
        onBytes(handedOver);
      }
    }
    return true;
  };
}
