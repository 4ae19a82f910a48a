import { DownloadStoppedError } from '../transfer/download.ts';
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

/** What is left of a transfer that failed: how to go on with it, and how to get rid of it. */
export function describeFate(error: unknown, again: readonly string[]): string[] {
  if (error instanceof UploadStoppedError) return describeUpload(error, again);
  if (!(error instanceof DownloadStoppedError)) return [];
  const { path, parts, of, bytes } = error.partial;
  const held = `${parts} of ${of} parts (${formatBytes(bytes)})`;
  return [`kept: ${path}, ${held}`, resumeLine(again), `discard: rm ${quoteForShell(path)}`];
}

function resumeLine(again: readonly string[]): string {
  return `resume: ${['partwise', ...again].map(quoteForShell).join(' ')}`;
}

function describeUpload(error: UploadStoppedError, again: readonly string[]): string[] {
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
      return [`kept: ${location} upload ${uploadId}${held}`, resumeLine(again), discard];
    }
  }
}

/** A word as a POSIX shell reads it back. */
export function quoteForShell(word: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
