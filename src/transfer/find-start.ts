import { adoptParts } from './adopt-parts.ts';
import { entriesOf } from './checksum.ts';
import type { Engine } from './engine.ts';
import { throwIfAborted, TransferError } from './errors.ts';
import type { Transfer } from './move-parts.ts';
import { type Plan, planParts } from './plan.ts';
import type { JournalPage, RememberedPart } from './journal.ts';
import type { ObjectOptions } from './object-options.ts';
import type { ObjectLocation, Receipt, Source, UnfinishedUpload, UploadHandle } from './ports.ts';
import { matchParts, whyNotResumed } from './resume.ts';
import { listAll, verifyParts } from './reuse-parts.ts';
import { withRetries } from './retry.ts';
import type { SentPart } from './send-parts.ts';
import { compare, expectObject, type Settled } from './settle.ts';

/** When an upload that was begun before is taken up: any that verifies, only this machine's own, or none. */
export type ResumePolicy = 'auto' | 'own' | 'never';

/** Finds unfinished uploads of one key. */
export type FindUploads = (key: string, signal: AbortSignal) => Promise<readonly UnfinishedUpload[]>;

export type StartOptions = {
  readonly resume: ResumePolicy;
  /** An upload that is taken up because the caller says so. */
  readonly uploadId?: string | undefined;
  /** The part size that was asked for; an upload of another one is not taken up. */
  readonly partSize?: number | undefined;
  /** A digest of the options that shape the object. */
  readonly shape: string;
  /** How the object is to be stored. */
  readonly object: ObjectOptions;
  readonly findUploads: FindUploads;
};

/** Where a put begins. */
export type Start =
  | { readonly type: 'fresh'; readonly plan: Plan; readonly because: string | null }
  | {
      readonly type: 'resumed';
      readonly plan: Plan;
      readonly handle: UploadHandle;
      /** Parts that are there and whose bytes are the local ones. */
      readonly done: readonly SentPart[];
      /** Begun by this machine for this very command: its headers need no second look. */
      readonly isOwn: boolean;
      /** The upload combines part checksums into one of the whole object. */
      readonly isFullObject: boolean;
    }
  /** An earlier run had completed it; only its end was never seen. */
  | { readonly type: 'finished'; readonly plan: Plan; readonly settled: Settled };

/** An upload somebody added to so lately may still be running elsewhere. */
const QUIET_MS = 60_000;

/**
 * Decides where to begin: the server's list of parts is the truth, and a listed part counts only if the local
 * bytes give its ETag or checksum. What this machine remembers is a hint where to look.
 * @throws TransferError `usage` when the upload that was named cannot be taken up
 */
export async function findStart(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  plan: Plan,
  page: JournalPage | undefined,
  options: StartOptions,
): Promise<Start> {
  if (options.uploadId !== undefined)
    return await startNamed(engine, transfer, source, target, options.uploadId, options);
  if (options.resume === 'never') return { type: 'fresh', plan, because: null };
  if (page?.entry) return await startRemembered(engine, transfer, source, target, plan, page, options);
  if (options.resume === 'own') return { type: 'fresh', plan, because: null };
  return await startFound(engine, transfer, source, target, plan, options);
}

async function startNamed(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  uploadId: string,
  options: StartOptions,
): Promise<Start> {
  const handle = { ...target, uploadId };
  const listed = await listAll(engine, handle, transfer.signal);
  const refuse = (why: string): TransferError =>
    new TransferError('usage', `upload ${uploadId} cannot be taken up: ${why}`);
  const [begunWith] = entriesOf(listed[0]?.sums ?? {});
  if (begunWith && !engine.store.wantedSums.includes(begunWith[0]))
    throw refuse(`it was begun with ${begunWith[0]} checksums; name them with --checksum-algorithm`);
  const adopted = await adoptParts(engine, transfer, source, listed, options.partSize);
  if (typeof adopted === 'string') throw refuse(adopted);
  const { plan, done } = adopted;
  return { type: 'resumed', plan, handle, done, isOwn: false, isFullObject: false };
}

async function startRemembered(
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
  const because = whyNotResumed(entry, {
    size: source.size,
    shape: options.shape,
    partSize: options.partSize,
  });
  if (because !== undefined) {
    const left = entry.reference === null ? '' : `; upload ${entry.reference} is left alone`;
    return { type: 'fresh', plan: fresh, because: because + left };
  }
  const uploadId =
    entry.reference ?? (await orphanOf(engine, entry.begunAt, target, options, transfer.signal));
  if (uploadId === undefined) return { type: 'fresh', plan: fresh, because: null };
  const plan = planParts(source.size, { partSize: entry.partSize, minPartSize: 1 });
  const handle = { ...target, uploadId };
  try {
    const { candidates } = matchParts(plan, await listAll(engine, handle, transfer.signal));
    const done = await verifyParts(engine, transfer, source, candidates, page.parts);
    return { type: 'resumed', plan, handle, done, isOwn: true, isFullObject: true };
  } catch (error) {
    if (!(error instanceof TransferError) || error.kind !== 'not-found') throw error;
    const settled = await settleRemembered(engine, transfer, source, handle, plan, page.parts);
    if (settled) return { type: 'finished', plan, settled };
    return { type: 'fresh', plan: fresh, because: `upload ${uploadId} is not there any more` };
  }
}

/** An upload whose Create was never answered: the one of this key that began since and holds nothing. */
async function orphanOf(
  engine: Engine,
  begunAt: number,
  target: ObjectLocation,
  options: StartOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const since = begunAt - QUIET_MS;
  const uploads = await options.findUploads(target.key, signal);
  const [mine, ...others] = uploads.filter(({ initiated }) => (initiated?.getTime() ?? 0) >= since);
  if (!mine || others.length > 0) return undefined;
  // With parts in it, it is somebody's who is sending them.
  return (await listAll(engine, mine, signal)).length === 0 ? mine.uploadId : undefined;
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
    const verdict = compare(expected, info, undefined);
    if (verdict.by === 'different' || verdict.by === 'size') return undefined;
    return { etag: info.etag ?? null, versionId: info.versionId ?? null, verified: verdict };
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/** Without a journal: another machine's upload of this key, if every part it holds is a part of this file. */
async function startFound(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  fresh: Plan,
  options: StartOptions,
): Promise<Start> {
  const { signal } = transfer;
  let uploads: readonly UnfinishedUpload[];
  try {
    uploads = await options.findUploads(target.key, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof TransferError) || error.recovery !== 'never') throw error;
    return { type: 'fresh', plan: fresh, because: `unfinished uploads cannot be listed: ${error.message}` };
  }
  const newestFirst = uploads.toSorted(
    (a, b) => (b.initiated?.getTime() ?? 0) - (a.initiated?.getTime() ?? 0),
  );
  let because: string | null = null;
  for (const found of newestFirst) {
    const start = await tryFound(engine, transfer, source, found, options);
    if (typeof start !== 'string') return start;
    because ??= `upload ${found.uploadId} is left alone: ${start}`;
  }
  return { type: 'fresh', plan: fresh, because };
}

/** Takes up a found upload, or says why not. */
async function tryFound(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  found: UnfinishedUpload,
  options: StartOptions,
): Promise<Start | string> {
  const { storageClass = 'STANDARD', acl, tags } = options.object;
  if (found.storageClass !== undefined && found.storageClass !== storageClass)
    return `its storage class is ${found.storageClass}`;
  if (acl !== undefined || tags?.size) return 'its ACL and tags cannot be read back';
  const algorithm = engine.store.wantedSums[0];
  if (found.checksumAlgorithm !== undefined && found.checksumAlgorithm.toLowerCase() !== algorithm) {
    return `it was begun with ${found.checksumAlgorithm}`;
  }
  let listed: Receipt[];
  try {
    listed = await listAll(engine, found, transfer.signal);
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'not-found') return 'it ended meanwhile';
    throw error;
  }
  const newest = Math.max(
    ...listed.map(({ lastModified }) => lastModified?.getTime() ?? Number.POSITIVE_INFINITY),
  );
  if ((found.listedAt?.getTime() ?? 0) - newest < QUIET_MS) return 'a part was added within the last minute';
  const adopted = await adoptParts(engine, transfer, source, listed, options.partSize);
  if (typeof adopted === 'string') return adopted;
  if (!adopted.isComplete) return 'it holds other bytes';
  const { plan, done } = adopted;
  const isFullObject = found.checksumType === 'FULL_OBJECT';
  return { type: 'resumed', plan, handle: found, done, isOwn: false, isFullObject };
}
