import type { Engine } from './engine.ts';
import { inParallel } from './parallel.ts';
import type { ObjectInfo, ObjectLocation } from './ports.ts';
import { withRetries } from './retry.ts';

const LANES = 8;

/**
 * The lengths of all parts an object was made of, one request each; `undefined` where the store does not tell, or
 * they are not the whole object. Asked only when bytes do not agree with the usual layout of equal parts: objects
 * that were put together from others have parts of any size.
 */
export async function askPartLengths(
  engine: Engine,
  object: ObjectLocation,
  info: ObjectInfo,
  count: number,
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const lengths = Array.from({ length: count }, () => 0);
  let isTold = true;
  await inParallel(lengths.keys(), LANES, signal, async (index, lane) => {
    if (!isTold) return;
    const length = await withRetries(engine.run, { signal: lane }, () =>
      engine.store.partSize(object, index + 1, { signal: lane, etag: info.etag }),
    );
    if (length === undefined) isTold = false;
    else lengths[index] = length;
  });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return isTold && total === info.size ? lengths : undefined;
}
