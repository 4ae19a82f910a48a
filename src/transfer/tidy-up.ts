import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import type { UploadHandle } from './ports.ts';
import { OutcomeUnknownError } from './settle.ts';
import { discardUpload } from './discard.ts';

const ABORT_LIMIT_MS = 4_500;

/** What became of the upload of a put that failed. */
export type UploadFate = UploadHandle & { readonly state: 'aborted' | 'left' };

/** A transfer that failed after its upload was begun: the first cause, and what became of the upload. */
export class UploadStoppedError extends TransferError {
  readonly upload: UploadFate;

  constructor(cause: TransferError, upload: UploadFate) {
    super(cause.kind, cause.message, { ...cause, cause });
    this.upload = upload;
  }
}

/**
 * Aborts the upload of a transfer that failed and returns the error to throw: the first cause, with what
 * became of the upload. An upload whose Complete may have worked is left alone.
 */
export async function tidyUp(engine: Engine, handle: UploadHandle, cause: unknown): Promise<unknown> {
  if (cause instanceof OutcomeUnknownError)
    return new UploadStoppedError(cause, { ...handle, state: 'left' });
  // A signal of its own: the transfer's may be the very reason for tidying up.
  const limit = new AbortController();
  const timer = delayed(engine, limit);
  let state: UploadFate['state'] = 'left';
  try {
    await discardUpload(engine, handle, limit.signal);
    state = 'aborted';
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    // The first cause is what the caller needs; that the upload is left behind is said with it.
  } finally {
    timer.abort();
  }
  if (!(cause instanceof TransferError)) return cause;
  return new UploadStoppedError(cause, { ...handle, state });
}

function delayed(engine: Engine, limit: AbortController): AbortController {
  const over = new AbortController();
  engine.run.clock.sleep(ABORT_LIMIT_MS, { signal: over.signal }).then(
    () => limit.abort(new TransferError('network', 'the server did not answer in time')),
    () => undefined, // done before the limit
  );
  return over;
}
