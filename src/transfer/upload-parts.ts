import { beginUpload } from './begin-upload.ts';
import { repeatConflicts } from './conflict.ts';
import { isMd5Of } from './content.ts';
import type { Engine } from './engine.ts';
import { interruption, throwIfAborted, TransferError } from './errors.ts';
import { findStart } from './find-start.ts';
import type { FindUploads, ResumePolicy, Start } from './start.ts';
import { moveParts, tell, type Transfer } from './move-parts.ts';
import { MIN_PART_SIZE, type Plan, type PlanOptions } from './plan.ts';
import type { JournalEntry, JournalPage } from './journal.ts';
import { describeShape, type ObjectOptions } from './object-options.ts';
import type { Source } from './ends.ts';
import type { ObjectLocation, UnfinishedUpload, UploadHandle } from './ports.ts';
import { paged } from './retry.ts';
import { completeParts, sendPart, type SentPart } from './send-parts.ts';
import type { Settled } from './settle.ts';
import { isAsAsked, storedElsewhere } from './stored-elsewhere.ts';
import { type Stored, tidyUp } from './tidy-up.ts';
import { changedWhileRead } from './changed-source.ts';
import { roomIn, withBody } from './part-body.ts';

export type UploadPartsOptions = Pick<PlanOptions, 'maxParts' | 'minPartSize'> & {
  /** How the object is to be stored, beside its bytes. @default nothing is said */
  readonly object?: ObjectOptions | undefined;
  /** The part size that was asked for; `undefined`: any that fits. */
  readonly partSize?: number | undefined;
  /**
   * Whether an interrupted upload of this object is taken up, and kept when this one is interrupted: `auto` any
   * whose parts verify, `own` only those this machine remembers, `never`. @default 'auto'
   */
  readonly resume?: ResumePolicy | undefined;
  /** An unfinished upload to take up, by its id. */
  readonly uploadId?: string | undefined;
  /** How unfinished uploads of a key are found. @default by asking the store */
  readonly findUploads?: FindUploads | undefined;
};

export type UploadedParts = Settled & {
  readonly plan: Plan;
  readonly uploadId: string | null;
  readonly resumedParts: number;
  readonly resumedBytes: number;
};

/** Told once it is known where the upload begins. */
export type OnPlanned = (
  plan: Plan,
  resumed: { parts: number; bytes: number },
  because: string | null,
) => void;

/** Stores a source part by part: finds what is there, begins or resumes, moves, completes, proves. */
export async function uploadParts(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  plan: Plan,
  options: UploadPartsOptions,
  onPlanned: OnPlanned,
): Promise<UploadedParts> {
  const resume = options.resume ?? 'auto';
  const page = resume === 'never' ? undefined : await openPage(engine, source, target);
  try {
    const start = await findStart(engine, transfer, source, target, plan, page, {
      resume,
      uploadId: options.uploadId,
      partSize: options.partSize,
      limits: { maxParts: options.maxParts, minPartSize: options.minPartSize },
      shape: shapeOf(engine, options.object),
      object: options.object ?? {},
      findUploads: options.findUploads ?? askStore(engine, target.bucket),
    });
    const stored = await repeatConflicts(engine, transfer, target, options.object, start, plan, (from) =>
      continueFrom(engine, transfer, source, target, from, page, options, onPlanned),
    );
    await page?.remove();
    if (
      start.type !== 'resumed' ||
      start.isOwn ||
      (await isAsAsked(engine, transfer, target, options.object))
    )
      return stored;
    const afresh: Start = {
      type: 'fresh',
      plan,
      because: 'the upload that was taken up had been begun with other headers',
    };
    // The object that is to be replaced is the one that was just made.
    const condition = stored.etag === null ? undefined : ({ type: 'match', etag: stored.etag } as const);
    const object = { ...options.object, condition };
    const over = { ...options, object };
    const again = await continueFrom(engine, transfer, source, target, afresh, page, over, onPlanned);
    await page?.remove();
    return again;
  } finally {
    await page?.release();
  }
}

/** A file that now goes in one request: an upload that was begun for it before is named, and left alone. */
export async function forgetParts(
  engine: Engine,
  source: Source,
  target: ObjectLocation,
  { resume }: UploadPartsOptions,
): Promise<string | null> {
  // Nothing smaller was ever cut into parts, and thousands of small files need no locks.
  if (resume === 'never' || source.size <= MIN_PART_SIZE) return null;
  const page = await openPage(engine, source, target);
  try {
    const uploadId = page?.entry?.reference;
    await page?.remove();
    return uploadId ? `the file goes in one request now; upload ${uploadId} is left alone` : null;
  } finally {
    await page?.release();
  }
}

async function openPage(
  engine: Engine,
  source: Source,
  target: ObjectLocation,
): Promise<JournalPage | undefined> {
  const { journal, store } = engine;
  if (!journal || !source.identity) return undefined;
  return await journal.open({
    direction: 'put',
    endpoint: store.endpoint,
    object: store.describe(target),
    local: await source.identity(),
  });
}

/** A digest of everything that shapes the object beside its bytes. */
function shapeOf({ hasher, store }: Engine, object: ObjectOptions = {}): string {
  const digest = hasher(['sha256']);
  // Not the sums that are sent now: what a server takes is learned on the way, and changes no object.
  const shape = [describeShape(object), store.shape];
  digest.update(new TextEncoder().encode(JSON.stringify(shape)));
  return digest.digest().sha256 ?? '';
}

/** It is a convenience: a server that cannot list uploads (S3Proxy answers 500) must not hold the put up. */
const FIND_ATTEMPTS = 3;

function askStore(engine: Engine, bucket: string): FindUploads {
  return async (key, signal) => {
    const options = { ...paged(engine, signal, FIND_ATTEMPTS), exactKey: true };
    const found: UnfinishedUpload[] = [];
    for await (const upload of engine.store.listUploads(bucket, key, options)) found.push(upload);
    return found;
  };
}

async function continueFrom(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  start: Start,
  page: JournalPage | undefined,
  options: UploadPartsOptions,
  onPlanned: OnPlanned,
): Promise<UploadedParts> {
  const { plan } = start;
  if (start.type === 'finished') {
    const all = { parts: plan.parts.length, bytes: plan.size };
    onPlanned(plan, all, null);
    return { ...start.settled, plan, uploadId: null, resumedParts: all.parts, resumedBytes: all.bytes };
  }
  const done = start.type === 'resumed' ? start.done : [];
  const resumed = { parts: done.length, bytes: done.reduce((sum, { size }) => sum + size, 0) };
  onPlanned(plan, resumed, start.type === 'fresh' ? start.because : null);
  const handle = await enter(engine, transfer, target, start, page, options);
  const sent = [...done];
  try {
    throwIfAborted(transfer.signal);
    await sendMissing(engine, transfer, source, handle, plan, sent, page);
    if (!(await source.isSame())) throw changedWhileRead(source);
    tell(transfer, { type: 'transfer.completing' });
    const isFullObject = start.type === 'fresh' || start.isFullObject;
    const settled = await completeParts(engine, transfer, handle, plan.size, sent, {
      isFullObject,
      condition: options.object?.condition,
      hasOurBytes: (object, signal) => isMd5Of(engine, source, object, { signal }),
    });
    return {
      ...settled,
      plan,
      uploadId: handle.uploadId,
      resumedParts: resumed.parts,
      resumedBytes: resumed.bytes,
    };
  } catch (error) {
    const elsewhere = isGone(error)
      ? await storedElsewhere(engine, transfer, source, target, options.object)
      : undefined;
    if (elsewhere)
      return { ...elsewhere, plan, uploadId: null, resumedParts: resumed.parts, resumedBytes: resumed.bytes };
    const stored: Stored = {
      parts: sent.length,
      of: plan.parts.length,
      bytes: sent.reduce((sum, { size }) => sum + size, 0),
    };
    const mayKeep = (options.resume ?? 'auto') !== 'never';
    const end = await tidyUp(engine, transfer, handle, error, mayKeep ? stored : undefined);
    if (!end.isKept) await page?.remove();
    throw end.error;
  }
}

/** Whether the upload is not there any more. */
function isGone(error: unknown): boolean {
  return error instanceof TransferError && error.kind === 'not-found' && error.code !== 'NoSuchBucket';
}

/** The upload to send to: the one that is taken up, or a new one, written down before and after it is begun. */
async function enter(
  engine: Engine,
  transfer: Transfer,
  target: ObjectLocation,
  start: Exclude<Start, { type: 'finished' }>,
  page: JournalPage | undefined,
  options: UploadPartsOptions,
): Promise<UploadHandle> {
  const { plan } = start;
  const begunAt = engine.run.clock.now();
  const entry = { size: plan.size, partSize: plan.partSize, shape: shapeOf(engine, options.object), begunAt };
  if (start.type === 'resumed') {
    await page?.save({ ...entry, ...referenceTo(start.handle) });
    tell(transfer, { type: 'upload.begun', uploadId: start.handle.uploadId });
    return start.handle;
  }
  await page?.save({ ...entry, reference: null });
  const handle = await beginUpload(engine, transfer, target, options.object);
  await page?.save({ ...entry, ...referenceTo(handle) });
  return handle;
}

function referenceTo({ uploadId, begunAt }: UploadHandle): Pick<JournalEntry, 'reference' | 'createdAt'> {
  return { reference: uploadId, createdAt: begunAt?.getTime() };
}

/** Sends every part that is not there yet, and remembers each. */
async function sendMissing(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  handle: UploadHandle,
  plan: Plan,
  sent: SentPart[],
  page: JournalPage | undefined,
): Promise<void> {
  const remember = ({ receipt, sums }: SentPart): Promise<void> | undefined => {
    const { number, size, etag } = receipt;
    return page?.addPart({ number, size, etag, sums });
  };
  const there = new Set(sent.map(({ receipt }) => receipt.number));
  for (const part of sent) await remember(part);
  const missing = plan.parts.filter(({ number }) => !there.has(number));
  await moveParts(transfer, missing, missing.length, roomIn(engine.run), (part, signal, stragglers, permit) =>
    withBody(engine, source, part, engine.proofs.algorithms(), signal, permit, async (body) => {
      const one = await sendPart(engine, transfer, handle, part, body, signal, stragglers);
      sent.push(one);
      await remember(one);
    }),
  );
  if (sent.length !== plan.parts.length) throw interruption(transfer.signal);
}
