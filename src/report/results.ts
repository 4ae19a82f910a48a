import type { ErrorKind } from '../transfer/errors.ts';
import type { Direction } from '../transfer/events.ts';
import type { Verified } from '../transfer/ports.ts';
import type { TransferResult } from '../transfer/result.ts';
import { escapeJson } from './escape-json.ts';
import { redact } from './redact.ts';
import { safeText } from './safe-text.ts';
import { showText } from './text.ts';
import { formatBytes, formatCount, formatDuration } from './units.ts';

export type ResultStatus = 'done' | 'skipped' | 'kept' | 'aborted' | 'failed';

/** Why a command, or one item of it, ended as it did. */
export type ResultError = {
  readonly kind: ErrorKind | 'internal';
  readonly code: string | null;
  readonly message: string;
  readonly requestId: string | null;
};

/** What came of one item of put or get; unknown is `null`. */
export type Result = {
  readonly operation: Direction;
  readonly source: string;
  readonly target: string;
  readonly status: ResultStatus;
  readonly bytes: number | null;
  readonly parts: number | null;
  readonly resumedParts: number | null;
  readonly resumedBytes: number | null;
  readonly retries: number | null;
  readonly seconds: number | null;
  readonly etag: string | null;
  readonly versionId: string | null;
  readonly uploadId: string | null;
  readonly verified: Verified | null;
  /** For a skipped item: why it was. */
  readonly error: ResultError | null;
};

export type SecretsOption = { readonly secrets?: readonly string[] | undefined };

/** The result of a transfer that went well. */
export function resultOfTransfer(transfer: TransferResult): Result {
  const { bytes, parts, resumedParts, resumedBytes, retries, etag, versionId, uploadId, verified } = transfer;
  return {
    operation: transfer.direction,
    source: transfer.from,
    target: transfer.to,
    status: 'done',
    bytes,
    parts,
    resumedParts,
    resumedBytes,
    retries,
    seconds: transfer.elapsedMs / 1000,
    etag,
    versionId,
    uploadId,
    verified,
    error: null,
  };
}

const nothingKnown = {
  bytes: null,
  parts: null,
  resumedParts: null,
  resumedBytes: null,
  retries: null,
  seconds: null,
  etag: null,
  versionId: null,
  uploadId: null,
  verified: null,
} as const;

/** The result of an item that did not go well; what is known of it may be given. */
export function resultOfFailure(
  item: Pick<Result, 'operation' | 'source' | 'target'>,
  status: Exclude<ResultStatus, 'done'>,
  error: ResultError | null,
  known: Partial<Omit<Result, 'operation' | 'source' | 'target' | 'status' | 'error'>> = {},
): Result {
  return { ...item, status, ...nothingKnown, ...known, error };
}

/** One line for people: `s3://b/k  296 MiB in 37 parts  4.1 s  verified crc32`. */
export function describeResult(result: Result, { secrets }: SecretsOption = {}): string {
  const name = safeText(result.target === '-' ? result.source : result.target);
  const words = result.status === 'done' ? describeDone(result) : describeOther(result, secrets);
  return [name, ...words].join('  ');
}

/** One line for programs: every key is always there. */
export function encodeResult(result: Result, { secrets }: SecretsOption = {}): string {
  const { operation, source, target, status, bytes, parts, resumedParts, resumedBytes, retries, seconds } =
    result;
  const { etag, versionId, uploadId } = result;
  return escapeJson({
    type: 'result',
    operation,
    source,
    target,
    status,
    bytes,
    parts,
    resumedParts,
    resumedBytes,
    retries,
    seconds,
    etag,
    versionId,
    uploadId,
    verified: chooseKeys(result.verified),
    error: cleanError(result.error, secrets),
  });
}

/** The keys that are promised, whatever else the engine may know. */
function chooseKeys(verified: Verified | null): Verified | null {
  return verified === null ? null : { by: verified.by, algorithm: verified.algorithm, value: verified.value };
}

/** What the last line of a command sums up, beside its exit code. */
export type Summary = {
  readonly exitCode: number;
  readonly error: ResultError | null;
  readonly totals?: { readonly [name: string]: number | string | boolean | null } | undefined;
};

/** The last line of every command for programs: a cut listing has none. */
export function encodeSummary({ exitCode, error, totals }: Summary, { secrets }: SecretsOption = {}): string {
  const head = { type: 'summary', exitCode, error: cleanError(error, secrets) };
  return escapeJson({ ...head, ...totals, ...head });
}

function describeDone({ bytes, parts, resumedParts, seconds, verified }: Result): string[] {
  const cut = parts !== null && parts > 1 ? ` in ${formatCount(parts)} parts` : '';
  const resumed = resumedParts !== null && resumedParts > 0 ? ` (${formatCount(resumedParts)} resumed)` : '';
  const duration = formatDuration(seconds === null ? null : seconds * 1000);
  return [`${formatBytes(bytes)}${cut}${resumed}`, duration, describeProof(verified)];
}

function describeProof(verified: Verified | null): string {
  switch (verified?.by) {
    case 'checksum':
      return `verified ${verified.algorithm ?? 'checksum'}`;
    case 'etag':
      return 'verified etag';
    case 'size':
      return 'not verified (size only)';
    case undefined:
      return 'not verified';
  }
}

function describeOther({ status, error }: Result, secrets: readonly string[] | undefined): string[] {
  const verdict =
    status === 'kept' ? 'failed, upload kept' : status === 'aborted' ? 'failed, upload aborted' : status;
  return error === null ? [verdict] : [verdict, describeError(error, secrets)];
}

/** The message, and what the server calls it: `access denied (AccessDenied, request 4442587FB7D0A2F9)`. */
function describeError(
  { code, message, requestId }: ResultError,
  secrets: readonly string[] | undefined,
): string {
  const missing = [code, requestId === null ? null : `request ${requestId}`].filter((word) => word !== null);
  // Messages of this library often name the code already.
  const words = missing.filter((word) => !message.includes(word.replace(/^request /, '')));
  return showText(words.length === 0 ? message : `${message} (${words.join(', ')})`, secrets);
}

function cleanError(error: ResultError | null, secrets: readonly string[] | undefined): ResultError | null {
  if (error === null) return null;
  const { kind, code, message, requestId } = error;
  const clean = (text: string | null): string | null => text && redact(text, secrets);
  return { kind, code: clean(code), message: redact(message, secrets), requestId: clean(requestId) };
}
