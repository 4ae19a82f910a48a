import type { Engine } from './engine.ts';
import { exactly } from './gate.ts';
import { movePart, type Transfer } from './move-parts.ts';
import { withPermit } from './pace.ts';
import type { ObjectLocation, Verified, WholeObject } from './ports.ts';
import { expectationFor } from './expect.ts';
import { proveBytes } from './prove-bytes.ts';
import { sizeOnly, unproven } from './result.ts';

/** Small enough to be held until it is proven; what is larger goes to the disk as it comes. */
export const WHOLE_BYTES = 1024 ** 2;

export type Fetched = WholeObject & { readonly verified: Verified };

/**
 * Fetches a small object by one request and proves it while it is in memory; a second one before it, for what it is,
 * would double what a thousand small files cost. `undefined` when it turns out to be larger by now.
 */
export async function fetchWhole(
  engine: Engine,
  transfer: Transfer,
  object: ObjectLocation,
  size: number,
  options: { readonly verify: boolean; readonly requireChecksum: boolean },
): Promise<Fetched | undefined> {
  const { store, run } = engine;
  let fetched: Fetched | undefined;
  const part = { number: 1, start: 0, end: size };
  await withPermit(run.pace, exactly(size), transfer.signal, () =>
    movePart(transfer, part, transfer.signal, async ({ signal, onBytes }) => {
      const whole = await store.readWhole(object, { signal, maxBytes: WHOLE_BYTES });
      if (!whole) return;
      const { info, bytes } = whole;
      await run.throttle?.pass(bytes.byteLength, { signal });
      onBytes(bytes.byteLength);
      const { bucket, key, versionId = info.versionId } = object;
      const pinned = { bucket, key, versionId };
      const expectation = options.verify ? await expectationFor(engine, pinned, info, signal) : undefined;
      const claimed = { object: pinned, info, signal, bytes: () => once(bytes) };
      const verified = expectation ? await proveBytes(engine, { ...claimed, expectation }) : sizeOnly;
      if (options.requireChecksum && verified.by === 'size') throw unproven(store.describe(object));
      fetched = { info, bytes, verified };
    }),
  );
  return fetched;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
