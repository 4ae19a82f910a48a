/** What went wrong, in the few words the rest of the program tells apart. */
export type ErrorKind =
  /** The endpoint was not reached, or the connection broke or fell silent. */
  | 'network'
  /** The server asks for patience (503, 429, SlowDown). */
  | 'throttled'
  /** The server failed, or its answer is not one of S3. */
  | 'server'
  /** The server does not know this request. */
  | 'unsupported'
  | 'denied'
  | 'not-found'
  /** A condition the caller set (If-Match, If-None-Match) does not hold. */
  | 'precondition'
  /** The source or the object became another one while it was read. */
  | 'changed'
  /** Bytes are not the ones they should be. */
  | 'corrupt'
  /** Local reading or writing failed. */
  | 'disk'
  /** Another process works on the same transfer. */
  | 'locked'
  | 'interrupted'
  | 'usage';

/**
 * What may help: `never` (the same request fails again), `again` (another attempt may succeed and counts as
 * one), `wait` (the endpoint is away or overloaded: everybody waits, no attempt is used up), `at-once` (what was
 * wrong with the request is mended: it is sent again and counts as no attempt; whoever says so says it only once).
 */
export type Recovery = 'never' | 'again' | 'wait' | 'at-once';

/** The code of an answer that no S3 server would give. */
export const UNEXPECTED_RESPONSE = 'UnexpectedResponse';

export type TransferErrorOptions = ErrorOptions & {
  readonly recovery?: Recovery | undefined;
  /** The server's error code (`NoSuchKey`) or the system's (`ENOSPC`). */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** One sentence on what to do next. */
  readonly hint?: string | undefined;
  /** Nothing of the request can have reached the server. @default false */
  readonly isUnsent?: boolean | undefined;
};

const RECOVERY: Readonly<Record<ErrorKind, Recovery>> = {
  network: 'again',
  throttled: 'wait',
  server: 'again',
  corrupt: 'again',
  unsupported: 'never',
  denied: 'never',
  'not-found': 'never',
  precondition: 'never',
  changed: 'never',
  disk: 'never',
  locked: 'never',
  interrupted: 'never',
  usage: 'never',
};

/** The one error of this library: its message is a plain sentence, its `kind` decides what happens next. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly kind: ErrorKind;
  readonly recovery: Recovery;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;
  readonly isUnsent: boolean;

  constructor(kind: ErrorKind, message: string, options: TransferErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.recovery = options.recovery ?? RECOVERY[kind];
    this.code = options.code;
    this.status = options.status;
    this.requestId = options.requestId;
    this.retryAfterMs = options.retryAfterMs;
    this.hint = options.hint;
    this.isUnsent = options.isUnsent ?? false;
  }
}

/** Thrown when the bytes are there, but could not be proven: there is nothing left to abort. */
export class UnprovenError extends TransferError {}

/** Everything an error knows beside its kind and message, for another one that says it anew. */
export function detailsOf(error: TransferError): TransferErrorOptions {
  const { recovery, code, status, requestId, retryAfterMs, hint, isUnsent } = error;
  return { recovery, code, status, requestId, retryAfterMs, hint, isUnsent, cause: error };
}

/** The reason a signal was aborted, as an error of ours: the caller's own `TransferError` is kept. */
export function interruption(signal: AbortSignal): TransferError {
  const reason: unknown = signal.reason;
  return reason instanceof TransferError
    ? reason
    : new TransferError('interrupted', 'interrupted', { cause: reason });
}

/** Throws the signal's reason as a `TransferError` when it is aborted. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw interruption(signal);
}
