import { adoptParts } from './adopt-parts.ts';
import { entriesOf } from './checksum.ts';
import type { Engine } from './engine.ts';
import { throwIfAborted, TransferError } from './errors.ts';
import type { JournalPage } from './journal.ts';
import type { Transfer } from './move-parts.ts';
import type { Plan } from './plan.ts';
import type { Source } from './ends.ts';
import type { ObjectLocation, Receipt, UnfinishedUpload } from './ports.ts';
import { isRefusal } from './refusal.ts';
import { firstPartAt, listAll } from './reuse-parts.ts';
import type { Start, StartOptions } from './start.ts';
import { startRemembered } from './start-remembered.ts';

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
  const adopted = await adoptParts(engine, transfer, source, listed, options);
  if (typeof adopted === 'string') throw refuse(adopted);
  const { plan, done } = adopted;
  const known = { ...handle, begunAt: firstPartAt(listed) };
  return { type: 'resumed', plan, handle: known, done, isOwn: false, isFullObject: false };
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
    // An endpoint that is away will be away for the bytes, too; any other failure only keeps what is there unknown.
    const isAway = error instanceof TransferError && (error.kind === 'network' || error.kind === 'throttled');
    if (!(error instanceof TransferError) || isAway) throw error;
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
  const { storageClass = 'STANDARD', acl, tags, encryption } = options.object;
  if (found.storageClass !== undefined && found.storageClass !== storageClass)
    return `its storage class is ${found.storageClass}`;
  if (acl !== undefined || tags?.size) return 'its ACL and tags cannot be read back';
  if (encryption) return 'its encryption cannot be read off it';
  const algorithm = engine.store.wantedSums[0];
  if (found.checksumAlgorithm !== undefined && found.checksumAlgorithm.toLowerCase() !== algorithm) {
    return `it was begun with ${found.checksumAlgorithm}`;
  }
  let listed: Receipt[];
  try {
    listed = await listAll(engine, found, transfer.signal);
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'not-found') return 'it ended meanwhile';
    if (isRefusal(error)) return `its parts cannot be listed: ${error.message}`;
    throw error;
  }
  const adopted = await adoptParts(engine, transfer, source, listed, options);
  if (typeof adopted === 'string') return adopted;
  if (!adopted.isComplete) return 'it holds other bytes';
  const { plan, done } = adopted;
  const isFullObject = found.checksumType === 'FULL_OBJECT';
  const handle = { ...found, begunAt: found.initiated ?? firstPartAt(listed) };
  return { type: 'resumed', plan, handle, done, isOwn: false, isFullObject };
}
