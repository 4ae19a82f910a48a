import type { Engine } from './engine.ts';
import type { Source } from './ends.ts';
import { TransferError } from './errors.ts';
import { expectationFor } from './expect.ts';
import { findObject } from './find-object.ts';
import { MIB } from './plan.ts';
import type { Cancellable, ObjectLocation } from './ports.ts';
import { proveBytes } from './prove-bytes.ts';
import type { Settled } from './settle.ts';

const READ_BYTES = MIB;

/**
 * Whether another put has stored the same bytes meanwhile: two that work on one upload send the same parts, and the one
 * that completes it takes it away from the other. The object counts only by its content, compared with the source, which
 * is read once more; `undefined` where it is another one, or nothing tells.
 */
export async function storedElsewhere(
  engine: Engine,
  source: Source,
  target: ObjectLocation,
  { signal }: Cancellable,
): Promise<Settled | undefined> {
  const info = await findObject(engine, target, signal);
  if (!info || info === 'unknown' || info.size !== source.size) return undefined;
  const expectation = await expectationFor(engine, target, info, signal);
  if (expectation.by === 'size') return undefined;
  try {
    const bytes = (options: Cancellable): AsyncGenerator<Uint8Array> => readAll(source, options);
    const verified = await proveBytes(engine, { object: target, info, expectation, bytes, signal });
    if (verified.by === 'size' || !(await source.isSame())) return undefined;
    return { etag: info.etag ?? null, versionId: info.versionId ?? null, verified };
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'corrupt') return undefined;
    throw error;
  }
}

async function* readAll(source: Source, { signal }: Cancellable): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(READ_BYTES, source.size));
  for (let start = 0; start < source.size; start += READ_BYTES) {
    const piece = buffer.subarray(0, Math.min(READ_BYTES, source.size - start));
    await source.read(start, piece, { signal });
    yield piece;
  }
}
