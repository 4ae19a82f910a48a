import { UploadStoppedError } from '../transfer/tidy-up.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ResultError } from '../report/results.ts';
import { formatBytes } from '../report/units.ts';

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
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What became of an upload that was begun and not completed: how to go on, and how to get rid of it. */
export function describeFate(error: UploadStoppedError, again: readonly string[]): string[] {
  const { bucket, key, uploadId, state, stored } = error.upload;
  const location = `s3://${bucket}/${key}`;
  const discard = `discard: partwise abort ${quoteForShell(location)} --upload-id ${quoteForShell(uploadId)}`;
  switch (state) {
    case 'aborted':
      return [`aborted: ${location} upload ${uploadId}; nothing is left behind`];
    case 'left':
      return [`left behind: ${location} upload ${uploadId}`, discard];
    case 'kept': {
      const held = stored ? `, ${stored.parts} of ${stored.of} parts (${formatBytes(stored.bytes)})` : '';
      return [
        `kept: ${location} upload ${uploadId}${held}`,
        `resume: ${['partwise', ...again].map(quoteForShell).join(' ')}`,
        discard,
      ];
    }
  }
}

/** A word as a POSIX shell reads it back. */
export function quoteForShell(word: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
