import { discardUpload } from './discard.ts';
import type { Engine } from './engine.ts';
import { detailsOf, TransferError } from './errors.ts';
import { tell, type Transfer } from './move-parts.ts';
import type { UploadHandle } from './ports.ts';
import { OutcomeUnknownError, UnprovenError } from './settle.ts';

const ABORT_LIMIT_MS = 30_000;
/** After a signal the whole program has five seconds, of which up to two went by waiting for an id. */
const ABORT_LIMIT_INTERRUPTED_MS = 2_500;

/** What became of the upload of a put that failed. */
export type UploadFate = UploadHandle & { readonly state: 'aborted' | 'left' };

/** A transfer that failed after its upload was begun: the first cause, and what became of the upload. */
export class UploadStoppedError extends TransferError {
  readonly upload: UploadFate;

  constructor(cause: TransferError, upload: UploadFate) {
    super(cause.kind, cause.message, detailsOf(cause));
    this.upload = upload;
  }
}

/**
 * Aborts the upload of a transfer that failed and returns the error to throw: the first cause, with what
 * became of the upload. An upload whose Complete may have worked is left alone, one that was completed is over.
 */
export async function tidyUp(
  engine: Engine,
  transfer: Transfer,
  handle: UploadHandle,
  cause: unknown,
): Promise<unknown> {
  if (cause instanceof UnprovenError) {
    tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
    return cause;
  }
  if (cause instanceof OutcomeUnknownError)
    return new UploadStoppedError(cause, { ...handle, state: 'left' });
  // A signal of its own: the transfer's may be the very reason for tidying up.
  const limit = new AbortController();
  const timer = limitTo(engine, limit, transfer.signal.aborted ? ABORT_LIMIT_INTERRUPTED_MS : ABORT_LIMIT_MS);
  let state: UploadFate['state'] = 'left';
  try {
    await discardUpload(engine, handle, limit.signal);
    state = 'aborted';
    tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    // The first cause is what the caller needs; that the upload is left behind is said with it.
  } finally {
    timer.abort();
  }
  if (!(cause instanceof TransferError)) return cause;
  return new UploadStoppedError(cause, { ...handle, state });
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
