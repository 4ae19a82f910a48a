import { throwIfAborted, TransferError } from './errors.ts';
import type { Clock, Throttle } from './ports.ts';

/** So much may pass at once after a pause. */
const BURST_MS = 100;
const LARGEST_PIECE = 256 * 1024;
const SMALLEST_PIECE = 1024;
/** No timer is more precise than that; what is owed is slept off with the next piece. */
const SHORTEST_SLEEP_MS = 1;

/**
 * A token bucket: over any time no more than `bytesPerSecond` of it and a tenth of a second's worth (or one piece)
 * pass. Whoever is late does not lose the time: what counts is when all that has passed is paid for.
 * @throws TransferError `usage` for a rate that is not positive
 */
export function createThrottle(bytesPerSecond: number, clock: Clock): Throttle {
  if (!(bytesPerSecond >= 1)) {
    throw new TransferError('usage', `a rate of ${bytesPerSecond} bytes a second moves nothing`);
  }
  const burstBytes = Math.floor((bytesPerSecond * BURST_MS) / 1000);
  let paidAt = Number.NEGATIVE_INFINITY;
  return {
    pieceBytes: Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, burstBytes)),
    async pass(bytes, { signal }) {
      throwIfAborted(signal);
      const now = clock.now();
      paidAt = Math.max(paidAt, now - BURST_MS) + (bytes / bytesPerSecond) * 1000;
      if (paidAt - now >= SHORTEST_SLEEP_MS) await clock.sleep(paidAt - now, { signal });
    },
  };
}
