import { endStopped, endWell } from './end-transfer.ts';
import type { Engine } from './engine.ts';
import { detailsOf, throwIfAborted, TransferError } from './errors.ts';
import { expectationFor } from './expect.ts';
import { fetchWhole, WHOLE_BYTES } from './download-whole.ts';
import { fetchParts } from './fetch-parts.ts';
import { startTransfer, tell } from './move-parts.ts';
import type { PartSum } from './combine.ts';
import { DEFAULT_PART_SIZE } from './plan.ts';
import type { JournalPage } from './journal.ts';
import type { FileAttributes } from './file-attributes.ts';
import type { Sink } from './ends.ts';
import type { ObjectInfo, ObjectLocation } from './ports.ts';
import { type TransferResult, unproven } from './result.ts';
import { beginDownload, type DownloadStart, openDownloadPage } from './resume-download.ts';
import { withRetries } from './retry.ts';
import { type RangeWish, sliceOf } from './slice.ts';
import { partAlgorithms } from './verify.ts';
import { canPass } from './tidy-up.ts';

export type DownloadOptions = {
  /** @default never aborted */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of one ranged request. @default 8 MiB */
  readonly partSize?: number | undefined;
  /** Whether what an earlier run kept is used, and kept when this one is interrupted. @default true, given a journal */
  readonly resume?: boolean | undefined;
  /** Whether the bytes are compared with the object's checksum or ETag. @default true */
  readonly verify?: boolean | undefined;
  /** How many bytes a listing said it has: a small one is then fetched without another look. @default it is looked at */
  readonly listedSize?: number | undefined;
  /** Only these bytes of the object; they are not verified unless they are all. @default all */
  readonly range?: RangeWish | undefined;
  /** Only the object with this ETag (`precondition`). */
  readonly ifMatch?: string | undefined;
  /** Not the object with this ETag (`precondition`, code `NotModified`). */
  readonly ifNoneMatch?: string | undefined;
  /** The attributes a file is given, from what the store says of the object. @default none */
  readonly attributesOf?: ((info: ObjectInfo) => FileAttributes) | undefined;
  /** Whether an object that offers nothing to compare with is refused. @default false */
  readonly requireChecksum?: boolean | undefined;
};

/** The code of an object that is still the one the caller knows. */
export const NOT_MODIFIED = 'NotModified';

/** How much of an object is there, and in which file. */
export type KeptPartial = {
  readonly path: string;
  readonly parts: number;
  readonly of: number;
  readonly bytes: number;
};

/** A get that failed for a reason that can pass: what has arrived is kept for the same command. */
export class DownloadStoppedError extends TransferError {
  readonly partial: KeptPartial;

  constructor(cause: TransferError, partial: KeptPartial) {
    super(cause.kind, cause.message, detailsOf(cause));
    this.partial = partial;
  }
}

/**
 * Fetches an object in parallel ranges, all of one version of it, verifies the bytes and commits them. What was
 * there before is untouched until then. When it fails for a reason that can pass, a sink that can keeps what has
 * arrived; otherwise nothing is left behind.
 * @throws DownloadStoppedError when something is kept
 * @throws TransferError
 */
export async function download(
  engine: Engine,
  object: ObjectLocation,
  sink: Sink,
  options: DownloadOptions = {},
): Promise<TransferResult> {
  const { run, store } = engine;
  const { verify = true, requireChecksum = false } = options;
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = run.clock.now();
  const transfer = startTransfer(run, 'get', signal);
  const from = store.describe(object);
  const to = sink.name;
  let page: JournalPage | undefined;
  let start: DownloadStart | undefined;
  const finish = ({ info, parts, resumedParts, resumedBytes, verified }: Finished): TransferResult => {
    const elapsedMs = run.clock.now() - startedAt;
    const { size: bytes, etag = null, versionId = null } = info;
    return endWell(transfer, {
      from,
      to,
      bytes,
      parts,
      resumedParts,
      resumedBytes,
      elapsedMs,
      etag,
      versionId,
      uploadId: null,
      verified,
    });
  };
  try {
    const { listedSize = Number.POSITIVE_INFINITY } = options;
    if (listedSize > 0 && listedSize <= WHOLE_BYTES && isPlain(options) && sink.order === 'any') {
      tell(transfer, {
        type: 'transfer.planned',
        direction: 'get',
        from,
        to,
        size: listedSize,
        partSize: listedSize,
        parts: 1,
        resumedParts: 0,
        resumedBytes: 0,
      });
      const fetched = await fetchWhole(engine, transfer, object, listedSize, { verify, requireChecksum });
      if (fetched) {
        const { info, bytes, verified } = fetched;
        await sink.open(info.size);
        await sink.write(0, bytes, { signal });
        await sink.commit(options.attributesOf?.(info));
        return finish({ info, verified, parts: 1, resumedParts: 0, resumedBytes: 0 });
      }
    }
    const found = await withRetries(run, { signal }, () => store.stat(object, { signal }));
    checkEtag(found, from, options);
    const slice = options.range && sliceOf(options.range, found.size);
    const isPart = slice !== undefined && slice.end - slice.start < found.size;
    const info = slice ? { ...found, size: slice.end - slice.start } : found;
    const pinned = { ...object, versionId: object.versionId ?? info.versionId };
    const expectation =
      verify && !isPart ? await expectationFor(engine, pinned, info, signal) : ({ by: 'size' } as const);
    // Known before the first byte: nothing needs to be fetched to find out.
    if (requireChecksum && expectation.by === 'size') throw unproven(from);
    const wanted = partSizeFor(sink, options.partSize ?? DEFAULT_PART_SIZE, run.maxMemory);
    // Of an object that comes in one piece there is nothing to keep, and thousands of small ones need no locks.
    const mayKeep = options.resume !== false && !slice;
    if (mayKeep && info.size > wanted) page = await openDownloadPage(engine, object, sink);
    start = await beginDownload(engine, info, sink, page, {
      partSize: wanted,
      isPartSizeGiven: options.partSize !== undefined,
      algorithms: partAlgorithms(expectation),
      signal,
    });
    const { plan, done: kept } = start;
    const resumed = { resumedParts: kept.size, resumedBytes: bytesOf(kept) };
    tell(transfer, {
      type: 'transfer.planned',
      direction: 'get',
      from,
      to,
      size: info.size,
      partSize: plan.partSize,
      parts: plan.count,
      ...resumed,
      notResumedBecause: start.because,
    });
    const base = slice?.start ?? 0;
    const fetch = {
      engine,
      transfer,
      object: pinned,
      info,
      objectSize: found.size,
      base,
      sink,
      expectation,
      done: kept,
      page,
    };
    const verified = await fetchParts(fetch, plan);
    throwIfAborted(signal);
    if (requireChecksum && verified.by === 'size') throw unproven(from);
    await sink.commit(options.attributesOf?.(found));
    await page?.remove();
    return finish({ info, verified, parts: plan.count, ...resumed });
  } catch (error) {
    const cause = await letGo(sink, page, start, error);
    endStopped(transfer, cause);
    throw cause;
  } finally {
    await page?.release();
  }
}

type Finished = Pick<TransferResult, 'parts' | 'resumedParts' | 'resumedBytes' | 'verified'> & {
  readonly info: ObjectInfo;
};

/** Whether all of whatever version is there now is wanted. */
function isPlain({ range, ifMatch, ifNoneMatch }: DownloadOptions): boolean {
  return range === undefined && ifMatch === undefined && ifNoneMatch === undefined;
}

/** @throws TransferError `precondition` */
function checkEtag({ etag }: ObjectInfo, name: string, { ifMatch, ifNoneMatch }: DownloadOptions): void {
  if (ifMatch !== undefined && etag !== ifMatch)
    throw new TransferError('precondition', `the ETag of ${name} is ${etag}, not ${ifMatch}`);
  if (ifNoneMatch !== undefined && etag === ifNoneMatch)
    throw new TransferError('precondition', `${name} still has the ETag ${etag}`, { code: NOT_MODIFIED });
}

function bytesOf(done: ReadonlyMap<number, PartSum>): number {
  return [...done.values()].reduce((sum, { size }) => sum + size, 0);
}

/** Keeps what has arrived where the reason can pass and something has, else leaves nothing. */
async function letGo(
  sink: Sink,
  page: JournalPage | undefined,
  start: DownloadStart | undefined,
  error: unknown,
): Promise<unknown> {
  const { partials } = sink;
  if (!start && page?.entry && partials) {
    // Interrupted while what was kept is looked at: it stays as it is.
    await partials.keep();
    return error;
  }
  if (!page || !partials || !start || start.done.size === 0 || !canPass(error)) {
    if (start) await page?.remove();
    return await discardAfter(sink, error);
  }
  const path = partials.name();
  await partials.keep();
  return new DownloadStoppedError(error, {
    path,
    parts: start.done.size,
    of: start.plan.count,
    bytes: bytesOf(start.done),
  });
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
