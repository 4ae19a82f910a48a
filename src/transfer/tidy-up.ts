import { discardUpload } from './discard.ts';
import type { Engine } from './engine.ts';
import { detailsOf, TransferError, UnprovenError } from './errors.ts';
import { tell, type Transfer } from './move-parts.ts';
import type { UploadHandle } from './ports.ts';
import { OutcomeUnknownError } from './settle.ts';

const ABORT_LIMIT_MS = 30_000;
/** After a signal the whole program has five seconds, of which up to two went by waiting for an id. */
const ABORT_LIMIT_INTERRUPTED_MS = 2_500;

/** How much of an upload the store holds. */
export type Stored = { readonly parts: number; readonly of: number; readonly bytes: number };

/**
 * What became of the upload of a put that failed: `kept` on purpose, to be taken up again; `aborted`; or `left`,
 * because it could not be aborted or may have been completed.
 */
export type UploadFate = UploadHandle & {
  readonly state: 'kept' | 'aborted' | 'left';
  readonly stored?: Stored | undefined;
};

/** A transfer that failed after its upload was begun: the first cause, and what became of the upload. */
export class UploadStoppedError extends TransferError {
  readonly upload: UploadFate;

  constructor(cause: TransferError, upload: UploadFate) {
    super(cause.kind, cause.message, detailsOf(cause));
    this.upload = upload;
  }
}

/** The error to throw, and whether the upload is worth remembering. */
export type End = { readonly error: unknown; readonly isKept: boolean };

/**
 * Decides what becomes of the upload of a transfer that failed: kept where the reason can pass and something is
 * `stored`, else aborted. An upload whose Complete may have worked is left alone, one that was completed is over.
 */
export async function tidyUp(
  engine: Engine,
  transfer: Transfer,
  handle: UploadHandle,
  cause: unknown,
  stored: Stored | undefined,
): Promise<End> {
  if (cause instanceof UnprovenError) {
    tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
    return { error: cause, isKept: false };
  }
  if (cause instanceof OutcomeUnknownError) {
    return { error: new UploadStoppedError(cause, { ...handle, state: 'left' }), isKept: true };
  }
  if (stored && stored.parts > 0 && canPass(cause)) {
    return { error: new UploadStoppedError(cause, { ...handle, state: 'kept', stored }), isKept: true };
  }
  const state = await discard(engine, transfer, handle);
  // The first cause is what the caller needs; what became of the upload is said with it.
  const error = cause instanceof TransferError ? new UploadStoppedError(cause, { ...handle, state }) : cause;
  return { error, isKept: false };
}

/** Whether the same command may succeed later. */
export function canPass(cause: unknown): cause is TransferError {
  if (!(cause instanceof TransferError)) return false;
  switch (cause.kind) {
    case 'network':
    case 'throttled':
    case 'interrupted':
      return true;
    case 'server':
      // Refused for good: the same command would be refused again.
      return cause.recovery !== 'never';
    case 'denied':
      return cause.code === 'ExpiredToken' || cause.code === 'RequestTimeTooSkewed';
    case 'unsupported':
    case 'not-found':
    case 'precondition':
    case 'changed':
    case 'corrupt':
    case 'disk':
    case 'locked':
    case 'usage':
      return false;
  }
}

async function discard(
  engine: Engine,
  transfer: Transfer,
  handle: UploadHandle,
): Promise<'aborted' | 'left'> {
  // A signal of its own: the transfer's may be the very reason for tidying up.
  const limit = new AbortController();
  const timer = limitTo(engine, limit, transfer.signal.aborted ? ABORT_LIMIT_INTERRUPTED_MS : ABORT_LIMIT_MS);
  try {
    await discardUpload(engine, handle, limit.signal);
    tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
    return 'aborted';
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return 'left';
  } finally {
    timer.abort();
  }
}

/** Aborts `limit` after so long; aborting what is returned calls that off. */
function limitTo(engine: Engine, limit: AbortController, ms: number): AbortController {
  const over = new AbortController();
  engine.run.clock.sleep(ms, { signal: over.signal }).then(
    () => limit.abort(new TransferError('network', 'the server did not answer in time')),
    () => undefined, // done before the limit
  );
  return over;
}
