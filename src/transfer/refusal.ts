import { TransferError } from './errors.ts';

/** Whether the store does not let this caller look, or does not know how: whoever may not look can still send. */
export function isRefusal(error: unknown): error is TransferError {
  return error instanceof TransferError && (error.kind === 'denied' || error.kind === 'unsupported');
}
