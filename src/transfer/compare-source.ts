import type { Engine } from './engine.ts';
import { endStopped, endWell } from './end-transfer.ts';
import { detailsOf, TransferError } from './errors.ts';
import type { Direction } from './events.ts';
import { expectationFor } from './expect.ts';
import { startTransfer, tell, type Transfer } from './move-parts.ts';
import { MIB } from './plan.ts';
import type { Source } from './ends.ts';
import type { ObjectLocation } from './ports.ts';
import { proveBytes } from './prove-bytes.ts';
import type { TransferResult } from './result.ts';
import { withRetries } from './retry.ts';
import { changedWhileRead } from './changed-source.ts';

const READ_BYTES = MIB;

/**
 * Proves that an object holds the bytes of a source, by what the store says of it: nothing is moved either way.
 * @throws TransferError `corrupt` when they differ or nothing tells, `changed`, `not-found`
 */
export async function compareSource(
  engine: Engine,
  source: Source,
  object: ObjectLocation,
  options: { readonly direction: Direction; readonly signal: AbortSignal },
): Promise<TransferResult> {
  const { run, store } = engine;
  const { direction, signal } = options;
  const startedAt = run.clock.now();
  const transfer = startTransfer(run, direction, signal);
  const name = store.describe(object);
  const [from, to] = direction === 'put' ? [source.name, name] : [name, source.name];
  const moved = { parts: 1, resumedParts: 0, resumedBytes: 0 };
  const size = source.size;
  tell(transfer, {
    type: 'transfer.planned',
    direction,
    from,
    to,
    size,
    partSize: size,
    ...moved,
  });
  try {
    const info = await withRetries(run, { signal }, () => store.stat(object, { signal }));
    if (info.size !== size) throw differ(source, name, `the one has ${size} bytes, the other ${info.size}`);
    const pinned = { ...object, versionId: object.versionId ?? info.versionId };
    const expectation = await expectationFor(engine, pinned, info, signal);
    const bytes = (): AsyncIterable<Uint8Array> => readThrough(source, transfer);
    const verified = await proveBytes(engine, { object: pinned, info, expectation, bytes, signal }).catch(
      (error: unknown) => Promise.reject(asDifference(error, source, name)),
    );
    if (!(await source.isSame())) throw changedWhileRead(source);
    if (verified.by === 'size') throw notTold(source, name);
    const elapsedMs = run.clock.now() - startedAt;
    const etag = info.etag ?? null;
    const versionId = info.versionId ?? null;
    return endWell(transfer, {
      from,
      to,
      ...moved,
      bytes: size,
      elapsedMs,
      etag,
      versionId,
      uploadId: null,
      verified,
    });
  } catch (error) {
    endStopped(transfer, error);
    throw error;
  }
}

/** Reads the source from its beginning, and says how far it is. */
async function* readThrough(source: Source, transfer: Transfer): AsyncGenerator<Uint8Array> {
  const { size } = source;
  const buffer = new Uint8Array(Math.min(READ_BYTES, size));
  tell(transfer, { type: 'part.started', part: 1, size, attempt: 1 });
  for (let start = 0; start < size; start += READ_BYTES) {
    const piece = buffer.subarray(0, Math.min(READ_BYTES, size - start));
    await source.read(start, piece, { signal: transfer.signal });
    yield piece;
    tell(transfer, { type: 'part.progress', part: 1, bytes: start + piece.byteLength });
  }
  tell(transfer, { type: 'part.done', part: 1, bytes: size });
}

function differ(source: Source, name: string, how: string): TransferError {
  return new TransferError('corrupt', `${source.name} and ${name} are not the same: ${how}`, {
    recovery: 'never',
  });
}

function asDifference(error: unknown, source: Source, name: string): unknown {
  if (!(error instanceof TransferError) || error.kind !== 'corrupt') return error;
  const how = error.message.replace(/^.*: /, '');
  return new TransferError('corrupt', differ(source, name, how).message, {
    ...detailsOf(error),
    hint: undefined,
  });
}

function notTold(source: Source, name: string): TransferError {
  return new TransferError(
    'corrupt',
    `nothing that the server says of ${name} tells whether it is ${source.name}`,
    {
      recovery: 'never',
      hint: 'Fetch it and compare the bytes themselves.',
    },
  );
}
