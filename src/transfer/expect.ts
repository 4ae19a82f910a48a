import type { Engine } from './engine.ts';
import type { ObjectInfo, ObjectLocation } from './ports.ts';
import { withRetries } from './retry.ts';
import { type Expectation, expectationOf, needsPartSize } from './verify.ts';

/** What the bytes of an object must be; asks for the size of its first part where that helps. */
export async function expectationFor(
  engine: Engine,
  object: ObjectLocation,
  info: ObjectInfo,
  signal: AbortSignal,
): Promise<Expectation> {
  if (!needsPartSize(info)) return expectationOf(info, undefined);
  const told = await withRetries(engine.run, { signal }, () =>
    engine.store.partSize(object, 1, { signal, etag: info.etag }),
  );
  return expectationOf(info, told);
}
