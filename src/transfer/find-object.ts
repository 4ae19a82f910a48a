import type { Engine } from './engine.ts';
import { throwIfAborted, TransferError } from './errors.ts';
import type { ObjectInfo, ObjectLocation } from './ports.ts';
import { withRetries } from './retry.ts';

/** What the store says of an object, `undefined` where there is none; write-only keys may not ask: `unknown`. */
export async function findObject(
  engine: Engine,
  object: ObjectLocation,
  signal: AbortSignal,
): Promise<ObjectInfo | undefined | 'unknown'> {
  try {
    return await withRetries(engine.run, { signal }, () => engine.store.stat(object, { signal }));
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof TransferError)) throw error;
    if (error.kind === 'not-found') return undefined;
    if (error.kind === 'denied') return 'unknown';
    throw error;
  }
}
