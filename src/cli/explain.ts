import { platform as currentPlatform } from 'node:os';
import { DownloadStoppedError } from '../transfer/download.ts';
import { UploadStoppedError } from '../transfer/tidy-up.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ResultError } from '../report/results.ts';
import { safeText } from '../report/safe-text.ts';
import { formatBytes } from '../report/units.ts';
import { quoteCommand } from './quote.ts';

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

/** The command that goes on, and the flags of its connection, both as words. */
export type Again = { readonly command: readonly string[]; readonly connection: readonly string[] };

/** What is left of one transfer that failed: what it is, and how to get rid of it; `isKept`: to go on with it. */
export type Fate = { readonly line: string; readonly discard?: string; readonly isKept: boolean };

/** What is left of a transfer that failed, if anything was begun. */
export function describeFate(error: unknown, again: Again): Fate[] {
  if (error instanceof UploadStoppedError) return [describeUpload(error, again)];
  if (!(error instanceof DownloadStoppedError)) return [];
  const { path, parts, of, bytes } = error.partial;
  const held = `${parts} of ${of} parts (${formatBytes(bytes)})`;
  return [
    {
      line: `kept: ${safeText(path)}, ${held}`,
      discard: commandLine('discard', [...removal(), path]),
      isKept: true,
    },
  ];
}

/** The last lines of a command: what is left, one command that goes on with all of it, and what discards each. */
export function linesOf(fates: readonly Fate[], { command }: Again): string[] {
  const resume = commandLine('resume', ['partwise', ...command]);
  return [
    ...fates.map(({ line }) => line),
    ...(fates.some(({ isKept }) => isKept) ? [resume] : []),
    ...fates.flatMap(({ discard }) => discard ?? []),
  ];
}

/** What is said of an upload that may have been begun without anybody hearing its id. */
export function describeOrphan(
  orphan: { readonly bucket: string; readonly key: string; readonly uploadId: string | null },
  connection: readonly string[],
): string[] {
  const location = `s3://${orphan.bucket}/${orphan.key}`;
  const because = 'the answer to the request that began it was lost';
  if (orphan.uploadId === null) {
    const look = commandLine('look', ['partwise', 'ls', '-I', location, ...connection]);
    return [`left behind, perhaps: an upload of ${safeText(location)}; ${because}`, look];
  }
  const name = `${safeText(location)} upload ${safeText(orphan.uploadId)}`;
  return [
    `left behind, perhaps: ${name}, without parts; ${because}`,
    discardLine(location, orphan.uploadId, connection),
  ];
}

function discardLine(location: string, uploadId: string, connection: readonly string[]): string {
  const words = ['partwise', 'abort', location, '--upload-id', uploadId, ...connection];
  return commandLine('discard', words);
}

/** A command to copy. A name that no shell of this platform reads back unharmed is better not copied at all. */
function commandLine(label: 'resume' | 'discard' | 'look', words: readonly string[]): string {
  const command = quoteCommand(words);
  return `${label}: ${command ?? 'no command is shown, since a name in it cannot be quoted for this shell'}`;
}

/** What removes a file whose name may hold wildcards. */
function removal(): readonly string[] {
  return currentPlatform() === 'win32' ? ['Remove-Item', '-LiteralPath'] : ['rm'];
}

function describeUpload({ upload }: UploadStoppedError, again: Again): Fate {
  const { bucket, key, uploadId, state, stored, lostObject } = upload;
  const location = `s3://${bucket}/${key}`;
  const name = `${safeText(location)} upload ${safeText(uploadId)}`;
  const discard = discardLine(location, uploadId, again.connection);
  switch (state) {
    case 'gone':
      return { line: `gone: ${name}; it was completed, or aborted by another process`, isKept: false };
    case 'aborted':
      if (lostObject) {
        const loss = `the object that was at ${safeText(location)} is gone: this server deletes it with an upload`;
        return { line: `aborted: ${name}; ${loss}`, isKept: false };
      }
      return { line: `aborted: ${name}; nothing is left behind`, isKept: false };
    case 'left':
      return { line: `left behind: ${name}`, discard, isKept: false };
    case 'kept': {
      const held = stored ? `, ${stored.parts} of ${stored.of} parts (${formatBytes(stored.bytes)})` : '';
      return { line: `kept: ${name}${held}`, discard, isKept: true };
    }
  }
}
