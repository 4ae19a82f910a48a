import { TransferError } from '../transfer/errors.ts';

/** The `TransferError` in an error or its causes: the SDK wraps what its middleware throws. */
export function isOurs(error: unknown): TransferError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof TransferError) return at;
  }
  return undefined;
}
