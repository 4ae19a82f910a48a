import { UploadStoppedError } from '../transfer/tidy-up.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ResultError } from '../report/results.ts';

/** One line for people: what failed, why, and what to do next. */
export function describeError(error: unknown): string {
  if (!(error instanceof TransferError)) {
    return `partwise: internal error: ${messageOf(error)}. Please report it; --debug shows where it happened.`;
  }
  const { message, hint } = error;
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return ['partwise:', sentence, hint].filter(Boolean).join(' ');
}

/** The same for programs. */
export function jsonError(error: unknown): ResultError | null {
  if (error === undefined) return null;
  if (!(error instanceof TransferError)) {
    return {
      kind: 'internal',
      code: null,
      message: messageOf(error),
      requestId: null,
    };
  }
  const { kind, code = null, message, requestId = null } = error;
  return { kind, code, message, requestId };
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What became of an upload that was begun and not completed. */
export function describeFate(error: UploadStoppedError): string {
  const { bucket, key, uploadId, state } = error.upload;
  const location = `s3://${bucket}/${key}`;
  if (state === 'aborted') return `aborted: ${location} upload ${uploadId}; nothing is left behind`;
  return `left behind: ${location} upload ${uploadId}; discard: partwise abort ${quoteForShell(location)} --upload-id ${quoteForShell(uploadId)}`;
}

/** A word as a POSIX shell reads it back. */
export function quoteForShell(word: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
