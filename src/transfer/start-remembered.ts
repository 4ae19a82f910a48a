import { discardUpload } from './discard.ts';
import type { Engine } from './engine.ts';
import { throwIfAborted, TransferError } from './errors.ts';
import type { JournalPage, RememberedPart } from './journal.ts';
import type { Transfer } from './move-parts.ts';
import { inMib, type Plan, planOfParts } from './plan.ts';
import type { Source } from './ends.ts';
import type { ObjectLocation, Receipt, UploadHandle } from './ports.ts';
import { matchParts, whyNotResumed } from './resume.ts';
import { isRefusal } from './refusal.ts';
import { firstPartAt, listAll, verifyParts } from './reuse-parts.ts';
import { withRetries } from './retry.ts';
import { expectObject } from './expected.ts';
import { isMd5Of } from './content.ts';
import { judge } from './judge.ts';
import type { Settled } from './settle.ts';
import type { Start, StartOptions } from './start.ts';

/** Clocks of machines and servers differ by a little. */
const SLACK_MS = 60_000;

/** Takes up what this machine remembers of a put, if the store still agrees. */
export async function startRemembered(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  fresh: Plan,
  page: JournalPage,
  options: StartOptions,
): Promise<Start> {
  const { entry } = page;
  if (!entry) return { type: 'fresh', plan: fresh, because: null };
  const command = { size: source.size, shape: options.shape, partSize: options.partSize };
  const plan = planOfParts(source.size, entry.partSize, options.limits);
  const because = whyNotResumed(entry, command);
  if (because !== undefined || plan === undefined) {
    const left = entry.reference === null ? '' : `; upload ${entry.reference} is left alone`;
    const why = because ?? `no upload has parts of ${inMib(entry.partSize)}`;
    return { type: 'fresh', plan: fresh, because: why + left };
  }
  const handle =
    entry.reference === null
      ? await orphanOf(engine, entry.begunAt, target, options, transfer.signal)
      : { ...target, uploadId: entry.reference, begunAt: dateOf(entry.createdAt) };
  if (handle === undefined) return { type: 'fresh', plan: fresh, because: null };
  const { uploadId } = handle;
  try {
    const listed = await listAll(engine, handle, transfer.signal);
    if (listed.length === 0 && page.parts.length > 0)
      return await startAfterLoss(engine, transfer, source, handle, plan, fresh, page);
    const { candidates } = matchParts(plan, listed);
    const done = await verifyParts(engine, transfer, source, candidates, page.parts);
    const known = { ...handle, begunAt: handle.begunAt ?? firstPartAt(listed) };
    return { type: 'resumed', plan, handle: known, done, isOwn: true, isFullObject: true };
  } catch (error) {
    if (isRefusal(error))
      return { type: 'fresh', plan: fresh, because: `${error.message}; upload ${uploadId} is left alone` };
    if (!(error instanceof TransferError) || error.kind !== 'not-found') throw error;
    const settled = await settleRemembered(engine, transfer, source, handle, plan, page.parts);
    if (settled) return { type: 'finished', plan, settled };
    return { type: 'fresh', plan: fresh, because: `upload ${uploadId} is not there any more` };
  }
}

/**
 * The upload is there, but the parts that it once acknowledged are not: MinIO leaves it so when it is cut off while
 * completing, and refuses to complete it ever after. It is this machine's own, and empty: it may go.
 */
async function startAfterLoss(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  handle: UploadHandle,
  plan: Plan,
  fresh: Plan,
  page: JournalPage,
): Promise<Start> {
  const settled = await settleRemembered(engine, transfer, source, handle, plan, page.parts);
  const outcome = await discardUpload(engine, handle, transfer.signal).catch((error: unknown) => {
    throwIfAborted(transfer.signal);
    if (error instanceof TransferError) return 'left alone';
    throw error;
  });
  if (settled) return { type: 'finished', plan, settled };
  return {
    type: 'fresh',
    plan: fresh,
    because: `upload ${handle.uploadId} lost its parts; it was ${outcome}`,
  };
}

/** An upload whose Create was never answered: the one of this key that began since and holds nothing. */
async function orphanOf(
  engine: Engine,
  begunAt: number,
  target: ObjectLocation,
  options: StartOptions,
  signal: AbortSignal,
): Promise<UploadHandle | undefined> {
  const since = begunAt - SLACK_MS;
  const uploads = await options.findUploads(target.key, signal).catch(noneIfRefused);
  const [mine, ...others] = uploads.filter(({ initiated }) => (initiated?.getTime() ?? 0) >= since);
  if (!mine || others.length > 0) return undefined;
  // With parts in it, it is somebody's who is sending them.
  const parts = await listAll(engine, mine, signal).catch(noneIfRefused);
  return parts.length === 0 ? { ...target, uploadId: mine.uploadId, begunAt: mine.initiated } : undefined;
}

function dateOf(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

function noneIfRefused(error: unknown): readonly never[] {
  if (isRefusal(error)) return [];
  throw error;
}

/** The upload is over: had it been completed? Only the object can tell, by more than its size. */
async function settleRemembered(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  handle: UploadHandle,
  plan: Plan,
  remembered: readonly RememberedPart[],
): Promise<Settled | undefined> {
  if (remembered.length < plan.parts.length) return undefined;
  const receipts = remembered.map((part): Receipt => ({ ...part }));
  const { candidates } = matchParts(plan, receipts);
  const same = await verifyParts(engine, transfer, source, candidates, remembered);
  if (same.length !== plan.parts.length) return undefined;
  const inOrder = same.toSorted((a, b) => a.receipt.number - b.receipt.number);
  const { signal } = transfer;
  try {
    const info = await withRetries(engine.run, { signal }, () => engine.store.stat(handle, { signal }));
    const proofs = inOrder.map(({ proof }) => proof);
    const expected = expectObject(
      engine,
      plan.size,
      inOrder.map(({ receipt }) => receipt),
      inOrder,
      proofs,
    );
    const verdict = await judge(expected, info, {
      begunAt: handle.begunAt,
      hasOurBytes: (object) => isMd5Of(engine, source, object, { signal }),
    });
    if (verdict.type !== 'ours') return undefined;
    return { etag: info.etag ?? null, versionId: info.versionId ?? null, verified: verdict.verified };
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
