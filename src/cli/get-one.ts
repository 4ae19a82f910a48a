import { openFile } from '../local/file-source.ts';
import { fileSink, type FileSinkOptions } from '../local/file-sink.ts';
import { isAbandonedClaim, kindOfPath, openTarget } from '../local/path-kind.ts';
import { compareSource } from '../transfer/compare-source.ts';
import { download, NOT_MODIFIED } from '../transfer/download.ts';
import type { Sink } from '../transfer/ends.ts';
import type { Engine } from '../transfer/engine.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ObjectLocation } from '../transfer/ports.ts';
import { withRetries } from '../transfer/retry.ts';
import { whyUpToDate } from './up-to-date.ts';
import type { Context } from './context.ts';
import { downloadOptions, type GetFlags } from './get-flags.ts';
import { type GetItem, type GetTarget, prepareItem, type TargetTree } from './get-items.ts';
import { policyOf } from './journal.ts';
import type { Item, Outcomes } from './outcomes.ts';

/** What getting one item takes. */
export type GetOne = {
  readonly engine: Engine;
  readonly target: GetTarget;
  /** What is below a target that is a directory; `undefined` where nothing is written, or into one file. */
  readonly below: TargetTree | undefined;
  readonly flags: GetFlags;
  readonly context: Context;
  readonly outcomes: Outcomes;
  /** Whether it is one of several: then one that need not be fetched is no failure of the whole. */
  readonly areSeveral: boolean;
};

type ObjectItem = Exclude<GetItem, { type: 'refused' }>;

/** Fetches one item, or does with it what the flags say instead, and records what came of it. */
export async function getOne(one: GetOne, item: GetItem): Promise<void> {
  const { engine, target, flags, outcomes, areSeveral } = one;
  const object = { bucket: item.bucket, key: item.key, versionId: flags.versionId };
  const source = engine.store.describe(object);
  const path = item.type === 'refused' ? target.path : item.path;
  const report = { operation: 'get', source, target: path } as const;
  try {
    if (item.type === 'refused') throw new TransferError('disk', `${source} was refused: ${item.reason}`);
    if (item.type === 'directory') await makeDirectory(one, item);
    else await getObject(one, item, object, report);
  } catch (error) {
    if (isLeftAlone(error, areSeveral)) await outcomes.skipped(report, error.message);
    else await outcomes.failed(report, error);
  }
}

/** Whether an item that was not fetched is no failure: it is as it should be, or one of several. */
export function isLeftAlone(error: unknown, areSeveral: boolean): error is TransferError {
  if (!(error instanceof TransferError) || error.kind !== 'precondition') return false;
  return areSeveral || error.code === NOT_MODIFIED;
}

/** A key that stands for a directory has no bytes to compare or to show. */
async function makeDirectory({ below, context }: GetOne, item: ObjectItem): Promise<void> {
  if (below) (await prepareItem(item, below, context.disk)).directory.release();
}

async function getObject(one: GetOne, item: ObjectItem, object: ObjectLocation, report: Item): Promise<void> {
  const { engine, flags, context, outcomes } = one;
  const options = { direction: 'get', signal: context.signal } as const;
  const why = await whyNotFetched(one, item.path, object, options);
  if (why === 'compared') return;
  if (why) return await outcomes.skipped(report, why);
  if (flags.dryRun) {
    const info = await withRetries(engine.run, options, () => engine.store.stat(object, options));
    return await outcomes.would(report, info.size);
  }
  // The sink under the name the user knows, not the resolved one.
  const as = { name: item.path, overwrite: flags.overwrite, disk: context.disk };
  const sink = await openSink(one, item, as);
  const result = await download(engine, object, sink, {
    ...downloadOptions(flags),
    listedSize: item.type === 'object' ? item.size : undefined,
    resume: policyOf(flags) !== 'never',
    signal: context.signal,
  });
  await outcomes.done(result);
}

/** Below a directory that is the target, in the directory that was looked at; else whatever was named. */
async function openSink({ below, context }: GetOne, item: ObjectItem, as: FileSinkOptions): Promise<Sink> {
  if (!below) return await openTarget(item.path, as);
  const { path, directory } = await prepareItem(item, below, context.disk);
  return fileSink(path, { ...as, directory });
}

/** Looks at the file that is there, if one is: `compared` when that was all that was asked for. */
async function whyNotFetched(
  { engine, flags, outcomes, context }: GetOne,
  path: string,
  object: ObjectLocation,
  options: { readonly direction: 'get'; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { verifyOnly = false, overwrite = true, update, compare } = flags;
  const isThere = (await kindOfPath(path, context.disk)) === 'file';
  if (isThere && !overwrite && !(await isAbandonedClaim(path, context.disk)))
    throw new TransferError('precondition', `${path} exists, and is left as it is`);
  if (!verifyOnly && (!isThere || !(update || compare))) return undefined;
  const source = await openFile(path);
  try {
    if (!verifyOnly) return await whyUpToDate(engine, source, object, flags, options);
    await outcomes.done(await compareSource(engine, source, object, options));
    return 'compared';
  } finally {
    await source.close();
  }
}
