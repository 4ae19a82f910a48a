import { delayedAbort } from './clock.ts';
import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import { tell, type Transfer } from './move-parts.ts';
import type { ObjectOptions } from './object-options.ts';
import type { ObjectLocation, UnfinishedUpload, UploadHandle } from './ports.ts';
import { listAll } from './reuse-parts.ts';
import { paged, withRetries } from './retry.ts';

/** How long an interruption waits for the answer to a request whose outcome must be known. */
const BEGIN_GRACE_MS = 2_000;
/** Servers tell when an upload began to the second, and clocks tick between the request and the listing. */
const SLACK_MS = 2_000;

/** Begins an upload; an interruption waits a moment for the answer, or nobody would know the id to abort. */
export async function beginUpload(
  engine: Engine,
  transfer: Transfer,
  target: ObjectLocation,
  as: ObjectOptions | undefined,
): Promise<UploadHandle> {
  const { signal } = transfer;
  const { run, store } = engine;
  const startedAt = run.clock.now();
  const grace = delayedAbort(signal, BEGIN_GRACE_MS, run.clock);
  let isUnanswered = false;
  let handle: UploadHandle | undefined;
  try {
    handle = await withRetries(run, { signal }, async () => {
      try {
        return await store.beginUpload(target, { as, signal: grace.signal });
      } catch (error) {
        isUnanswered ||= mayHaveBegun(error, grace.signal);
        throw error;
      }
    });
    tell(transfer, { type: 'upload.begun', uploadId: handle.uploadId });
    return handle;
  } finally {
    grace.release();
    if (isUnanswered) await nameOrphans(engine, transfer, target, startedAt, handle?.uploadId);
  }
}

/** Whether a failed Create may have begun an upload whose id nobody heard. */
function mayHaveBegun(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted) return true;
  if (!(error instanceof TransferError) || error.isUnsent) return false;
  return error.kind === 'network' || (error.kind === 'server' && error.recovery === 'again');
}

/**
 * Says which uploads may be the ones whose id was lost. They are not aborted: another machine may have begun
 * one of this key in the same moment, and nothing tells the two apart.
 */
async function nameOrphans(
  engine: Engine,
  transfer: Transfer,
  target: ObjectLocation,
  startedAt: number,
  ownId: string | undefined,
): Promise<void> {
  const orphans = await findOrphans(engine, transfer, target, startedAt, ownId).catch(unknown);
  for (const uploadId of orphans) tell(transfer, { type: 'upload.orphaned', ...bare(target), uploadId });
}

function bare({ bucket, key }: ObjectLocation): Pick<ObjectLocation, 'bucket' | 'key'> {
  return { bucket, key };
}

/** A look that fails, or is interrupted, must not fail the put: that there may be one is said all the same. */
function unknown(error: unknown): readonly null[] {
  if (error instanceof TransferError) return [null];
  throw error;
}

async function findOrphans(
  engine: Engine,
  { signal }: Transfer,
  { bucket, key }: ObjectLocation,
  startedAt: number,
  ownId: string | undefined,
): Promise<readonly string[]> {
  const elapsedMs = engine.run.clock.now() - startedAt;
  const candidates: UnfinishedUpload[] = [];
  for await (const upload of engine.store.listUploads(bucket, key, {
    ...paged(engine, signal),
    exactKey: true,
  })) {
    // Both times are the server's own.
    const age = (upload.listedAt?.getTime() ?? 0) - (upload.initiated?.getTime() ?? 0);
    if (upload.uploadId !== ownId && age <= elapsedMs + SLACK_MS) candidates.push(upload);
  }
  const empty: string[] = [];
  for (const upload of candidates) {
    // With parts in it, somebody is sending to it.
    if ((await listAll(engine, upload, signal)).length === 0) empty.push(upload.uploadId);
  }
  return empty;
}
