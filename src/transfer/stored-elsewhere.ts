import type { Engine } from './engine.ts';
import type { Source } from './ends.ts';
import { TransferError } from './errors.ts';
import { expectationFor } from './expect.ts';
import { findObject } from './find-object.ts';
import { MIB } from './plan.ts';
import type { Cancellable, ObjectLocation } from './ports.ts';
import { hasOptions, type ObjectOptions } from './object-options.ts';
import { proveBytes } from './prove-bytes.ts';
import { withRetries } from './retry.ts';
import type { Settled } from './settle.ts';

const READ_BYTES = MIB;

/**
 * What another put has stored meanwhile, if it holds the same bytes and is what was asked for: two that work on one
 * upload send the same parts, and the one that completes it takes it away from the other. The object counts only by its
 * content, compared with the source, which is read once more; `undefined` where that cannot be found out.
 */
export async function storedElsewhere(
  engine: Engine,
  transfer: Cancellable,
  source: Source,
  target: ObjectLocation,
  object: ObjectOptions | undefined,
): Promise<Settled | undefined> {
  try {
    const settled = await proveStored(engine, transfer, source, target);
    return settled && (await isAsAsked(engine, transfer, target, object)) ? settled : undefined;
  } catch (error) {
    // The caller reports that the upload is gone, and tidies up.
    if (error instanceof TransferError || transfer.signal.aborted) return undefined;
    throw error;
  }
}

/** Whether the object is as it was asked for: nobody can read that off an unfinished upload. */
export async function isAsAsked(
  engine: Engine,
  { signal }: Cancellable,
  target: ObjectLocation,
  object: ObjectOptions = {},
): Promise<boolean> {
  try {
    const info = await withRetries(engine.run, { signal }, () => engine.store.stat(target, { signal }));
    return hasOptions(info, object);
  } catch (error) {
    // Write-only keys may not look; the bytes are proven.
    if (error instanceof TransferError && error.kind === 'denied') return true;
    throw error;
  }
}

async function proveStored(
  engine: Engine,
  { signal }: Cancellable,
  source: Source,
  target: ObjectLocation,
): Promise<Settled | undefined> {
  const info = await findObject(engine, target, signal);
  if (!info || info === 'unknown' || info.size !== source.size) return undefined;
  const expectation = await expectationFor(engine, target, info, signal);
  if (expectation.by === 'size') return undefined;
  const bytes = (options: Cancellable): AsyncGenerator<Uint8Array> => readAll(source, options);
  const verified = await proveBytes(engine, { object: target, info, expectation, bytes, signal });
  if (verified.by === 'size' || !(await source.isSame())) return undefined;
  return { etag: info.etag ?? null, versionId: info.versionId ?? null, verified };
}

async function* readAll(source: Source, { signal }: Cancellable): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(READ_BYTES, source.size));
  for (let start = 0; start < source.size; start += READ_BYTES) {
    const piece = buffer.subarray(0, Math.min(READ_BYTES, source.size - start));
    await source.read(start, piece, { signal });
    yield piece;
  }
}
