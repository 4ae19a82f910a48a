import type { Engine } from './engine.ts';
import { detailsOf, throwIfAborted, TransferError } from './errors.ts';
import { fetchParts } from './fetch-parts.ts';
import { startTransfer, tell } from './move-parts.ts';
import { DEFAULT_PART_SIZE, planParts } from './plan.ts';
import type { ObjectInfo, ObjectLocation, Sink } from './ports.ts';
import type { TransferResult } from './result.ts';
import { withRetries } from './retry.ts';
import { type Expectation, expectationOf, needsPartSize } from './verify.ts';

export type DownloadOptions = {
  /** @default never aborted */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of one ranged request. @default 8 MiB */
  readonly partSize?: number | undefined;
};

/**
 * Fetches an object in parallel ranges, all of one version of it, verifies the bytes and commits them. When it
 * fails, the sink is discarded: nothing is left behind, and what was there before is untouched.
 * @throws TransferError
 */
export async function download(
  engine: Engine,
  object: ObjectLocation,
  sink: Sink,
  options: DownloadOptions = {},
): Promise<TransferResult> {
  const { run, store } = engine;
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = run.clock.now();
  const transfer = startTransfer(run, signal);
  const about = { direction: 'get', from: store.describe(object), to: sink.name } as const;
  try {
    const info = await withRetries(run, { signal }, () => store.stat(object, { signal }));
    const pinned = { ...object, versionId: object.versionId ?? info.versionId };
    const wanted = partSizeFor(sink, options.partSize ?? DEFAULT_PART_SIZE, run.maxMemory);
    // No server counts the ranges of a get; a plan that grows with the object keeps our own books small.
    const { parts, partSize } = planParts(info.size, { partSize: wanted, minPartSize: 1 });
    tell(transfer, {
      type: 'transfer.planned',
      ...about,
      size: info.size,
      partSize,
      parts: parts.length,
      resumedParts: 0,
      resumedBytes: 0,
    });
    const expectation = await expect(engine, pinned, info, signal);
    await sink.open(info.size);
    const verified = await fetchParts({ engine, transfer, object: pinned, info, sink, expectation }, parts);
    throwIfAborted(signal);
    await sink.commit();
    const elapsedMs = run.clock.now() - startedAt;
    const etag = info.etag ?? null;
    tell(transfer, { type: 'transfer.done', bytes: info.size, elapsedMs, etag, verified });
    return {
      ...about,
      bytes: info.size,
      parts: parts.length,
      resumedParts: 0,
      resumedBytes: 0,
      retries: transfer.tally.retries,
      elapsedMs,
      etag,
      versionId: info.versionId ?? null,
      uploadId: null,
      verified,
    };
  } catch (error) {
    const cause = await discardAfter(sink, error);
    if (cause instanceof TransferError) {
      tell(transfer, { type: 'transfer.stopped', kind: cause.kind, reason: cause.message });
    }
    throw cause;
  }
}

/** Discards the sink; when even that fails, the first cause says so too. */
async function discardAfter(sink: Sink, cause: unknown): Promise<unknown> {
  try {
    await sink.discard();
    return cause;
  } catch (error) {
    if (!(cause instanceof TransferError) || !(error instanceof TransferError)) return cause;
    return new TransferError(cause.kind, `${cause.message}; and ${error.message}`, detailsOf(cause));
  }
}

/** In order, every lane holds a whole part: then a part may not be larger than memory allows two of. */
function partSizeFor(sink: Sink, wanted: number, maxMemory: number): number {
  return sink.order === 'in-order' ? Math.max(1, Math.min(wanted, Math.floor(maxMemory / 2))) : wanted;
}

async function expect(
  engine: Engine,
  object: ObjectLocation,
  info: ObjectInfo,
  signal: AbortSignal,
): Promise<Expectation> {
  if (!needsPartSize(info)) return expectationOf(info, undefined);
  const told = await withRetries(engine.run, { signal }, () =>
    engine.store.firstPartSize(object, { signal, etag: info.etag }),
  );
  return expectationOf(info, told);
}
