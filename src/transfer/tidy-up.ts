import { discardUpload, lookAtUpload } from './discard.ts';
import type { Engine } from './engine.ts';
import { detailsOf, TransferError, UnprovenError } from './errors.ts';
import { findObject } from './find-object.ts';
import { tell, type Transfer } from './move-parts.ts';
import type { UploadHandle } from './ports.ts';
import { OutcomeUnknownError } from './settle.ts';

const ABORT_LIMIT_MS = 30_000;
/** After a signal the whole program has five seconds, of which up to two went by waiting for an id. */
const ABORT_LIMIT_INTERRUPTED_MS = 2_500;
/** Waiting for the answer to Complete takes up to three. */
const LOOK_LIMIT_INTERRUPTED_MS = 1_500;

/** How much of an upload the store holds. */
export type Stored = { readonly parts: number; readonly of: number; readonly bytes: number };

/**
 * What became of the upload of a put that failed: `kept` on purpose, to be taken up again; `aborted`; `left`, because
 * it could not be aborted or may have been completed; or `gone`, completed or aborted by another process.
 */
export type UploadFate = UploadHandle & {
  readonly state: 'kept' | 'aborted' | 'left' | 'gone';
  /** An object was at the key, and after the abort none is: some servers delete it along with the upload. */
  readonly lostObject?: boolean | undefined;
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
  if (cause instanceof UnprovenError || cause instanceof OutcomeUnknownError)
    return await afterComplete(engine, transfer, handle, cause);
  if (stored && stored.parts > 0 && canPass(cause)) {
    return { error: new UploadStoppedError(cause, { ...handle, state: 'kept', stored }), isKept: true };
  }
  const fate = await discard(engine, transfer, handle);
  // The first cause is what the caller needs; what became of the upload is said with it.
  const error =
    cause instanceof TransferError ? new UploadStoppedError(cause, { ...handle, ...fate }) : cause;
  return { error, isKept: false };
}

/**
 * After a Complete that was not proven nothing is aborted. A server that says so has no such upload any more; one that
 * answered 200 and still lists it has not done what it said.
 */
async function afterComplete(
  engine: Engine,
  transfer: Transfer,
  handle: UploadHandle,
  cause: UnprovenError | OutcomeUnknownError,
): Promise<End> {
  const found = await withinLimit(
    engine,
    transfer,
    (signal) => lookAtUpload(engine, handle, signal),
    LOOK_LIMIT_INTERRUPTED_MS,
  );
  const isUnknown = cause instanceof OutcomeUnknownError;
  const isLeft = found === 'listed' || (isUnknown && found !== 'gone');
  if (!isLeft) tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
  if (!isLeft && !isUnknown) return { error: cause, isKept: false };
  const state = isLeft ? 'left' : 'gone';
  return { error: new UploadStoppedError(cause, { ...handle, state }), isKept: isUnknown };
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
): Promise<Pick<UploadFate, 'state' | 'lostObject'>> {
  const isDone = await withinLimit(engine, transfer, async (signal) => {
    await discardUpload(engine, handle, signal);
    tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
    return true;
  });
  if (isDone !== true) return { state: 'left' };
  if (!transfer.seen.atKey) return { state: 'aborted' };
  const { bucket, key } = handle;
  // `undefined`: none is there; nothing else counts as lost.
  const found = await withinLimit(engine, transfer, async (signal) => ({
    object: await findObject(engine, { bucket, key }, signal),
  }));
  const lostObject = found !== 'failed' && found.object === undefined;
  return { state: 'aborted', ...(lostObject && { lostObject }) };
}

/** Runs one of the last requests, for so long as is left. */
async function withinLimit<T>(
  engine: Engine,
  transfer: Transfer,
  work: (signal: AbortSignal) => Promise<T>,
  interruptedMs = ABORT_LIMIT_INTERRUPTED_MS,
): Promise<T | 'failed'> {
  // A signal of its own: the transfer's may be the very reason for tidying up.
  const limit = new AbortController();
  const timer = limitTo(engine, limit, transfer.signal.aborted ? interruptedMs : ABORT_LIMIT_MS);
  try {
    return await work(limit.signal);
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return 'failed';
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
