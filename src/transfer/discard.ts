import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import type { Repeat, UploadHandle } from './ports.ts';
import { withRetries } from './retry.ts';

const ABORT_ATTEMPTS = 3;
const LOOKS = 3;
const LOOK_EVERY_MS = 1_000;

/**
 * Aborts an unfinished upload and looks until it is gone, since parts in flight may land after the abort
 * (docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html). Gone already counts as done.
 * @throws TransferError when the server refuses
 */
export async function discardUpload(
  engine: Pick<Engine, 'store' | 'run'>,
  handle: UploadHandle,
  signal: AbortSignal,
): Promise<'aborted' | 'gone'> {
  const { store, run } = engine;
  const abort = (): Promise<'aborted' | 'gone'> =>
    withRetries(run, { signal, attempts: ABORT_ATTEMPTS }, () => store.abortUpload(handle, { signal }));
  const outcome = await abort();
  if (outcome === 'gone') return outcome;
  for (let look = 1; look <= LOOKS; look++) {
    if (await isGone(engine, handle, signal)) return outcome;
    if (look === LOOKS) break;
    await run.clock.sleep(LOOK_EVERY_MS, { signal });
    await abort();
  }
  throw new TransferError('server', `upload ${handle.uploadId} is still listed after ${LOOKS} aborts`, {
    recovery: 'never',
  });
}

/** Whether the store still lists an upload: one look, which may fail. */
export async function lookAtUpload(
  { store }: Pick<Engine, 'store'>,
  handle: UploadHandle,
  signal: AbortSignal,
): Promise<'listed' | 'gone' | 'unknown'> {
  try {
    for await (const part of store.listParts(handle, { signal, repeat: once }))
      return part === undefined ? 'unknown' : 'listed';
    return 'listed';
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return error.kind === 'not-found' && error.code !== 'NoSuchBucket' ? 'gone' : 'unknown';
  }
}

const once: Repeat = (request) => request();

/**
 * Whether the upload is no longer listed. A server that refuses to say has at least accepted the abort; one
 * that fails has said nothing.
 */
async function isGone(
  engine: Pick<Engine, 'store'>,
  handle: UploadHandle,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for await (const part of engine.store.listParts(handle, { signal, repeat: once }))
      return part === undefined;
    // Some servers answer an empty list for an upload they no longer have.
    return true;
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    return error.recovery === 'never' && error.kind !== 'interrupted';
  }
}
