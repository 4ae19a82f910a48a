import { TransferError } from './errors.ts';
import { tell, type Transfer } from './move-parts.ts';
import type { TransferResult } from './result.ts';

/** Says that a transfer went well, and what it did. */
export function endWell(
  transfer: Transfer,
  known: Omit<TransferResult, 'direction' | 'retries'>,
): TransferResult {
  const { bytes, elapsedMs, etag, verified } = known;
  tell(transfer, { type: 'transfer.done', bytes, elapsedMs, etag, verified });
  return { direction: transfer.direction, ...known, retries: transfer.tally.retries };
}

/** Says why a transfer stopped; what is no failure of transfers is not for those who listen to them. */
export function endStopped(transfer: Transfer, error: unknown): void {
  if (!(error instanceof TransferError)) return;
  tell(transfer, { type: 'transfer.stopped', kind: error.kind, reason: error.message });
}
