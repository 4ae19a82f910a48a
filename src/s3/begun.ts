import { TransferError } from '../transfer/errors.ts';
import { parseServerDate } from './server-date.ts';

/** The root of the answer to CreateMultipartUpload; rclone 1.75 has its own name for it. */
export const BEGUN_ROOTS: readonly string[] = ['InitiateMultipartUploadResult', 'InitiateMultipartUpload'];

/** The server's clock when it answered. */
export function dateOf(headers: Readonly<Record<string, string>>): Date | undefined {
  const time = parseServerDate(headers['date'] ?? '');
  return time === undefined ? undefined : new Date(time);
}

/** An upload that cannot be aborted because it is not there is as good as aborted. */
export function asGone(error: unknown): 'gone' {
  if (error instanceof TransferError && error.kind === 'not-found' && error.code !== 'NoSuchBucket')
    return 'gone';
  throw error;
}

/** rclone's word for a bucket that never had an upload. */
export function noneIfUnknown(error: unknown): undefined {
  if (error instanceof TransferError && error.code === 'NoSuchUpload') return undefined;
  throw error;
}
