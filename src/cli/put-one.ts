import { metadataOf } from '../local/attributes.ts';
import { type FileSource, openFifo, openFile } from '../local/file-source.ts';
import { streamSource } from '../local/memory.ts';
import type { StreamSource } from '../transfer/ends.ts';
import { compareSource } from '../transfer/compare-source.ts';
import type { Engine } from '../transfer/engine.ts';
import { TransferError } from '../transfer/errors.ts';
import type { FindUploads } from '../transfer/start.ts';
import type { ObjectLocation } from '../transfer/ports.ts';
import { upload } from '../transfer/upload.ts';
import { uploadStream } from '../transfer/upload-stream.ts';
import type { PutFlags } from './commands/put.ts';
import { whyUpToDate } from './up-to-date.ts';
import type { Context } from './context.ts';
import { policyOf } from './journal.ts';
import { objectOptions } from './object-options.ts';
import type { Item, Outcomes } from './outcomes.ts';
import type { LeftOut, PutItem } from './put-items.ts';

/** With less memory than this allowed, every MiB counts. */
const ROOMY_BYTES = 64 * 1024 ** 2;

/** What putting one item takes. */
export type PutOne = {
  readonly engine: Engine;
  readonly flags: PutFlags;
  readonly context: Context;
  readonly outcomes: Outcomes;
  /** How unfinished uploads are found; `undefined`: by asking for each. */
  readonly findUploads: FindUploads | undefined;
};

/** Stores one item, or does with it what the flags say instead, and records what came of it. */
export async function putOne(
  one: PutOne,
  item: PutItem,
  target: ObjectLocation,
  report: Item,
): Promise<void> {
  switch (item.type) {
    case 'skipped':
      await leaveOut(one.outcomes, report, item);
      return;
    case 'stdin':
    case 'fifo':
      await putStream(
        one,
        () => (item.type === 'fifo' ? openFifo(item.path) : streamSource(one.context.process.stdin, '-')),
        target,
        report,
      );
      return;
    case 'file': {
      const { disk, threads } = one.context;
      // Where memory is short, a thread with a heap of its own is not the way to spend it.
      const isShort = (one.flags.maxMemory ?? ROOMY_BYTES) < ROOMY_BYTES;
      const options = { disk, threads: isShort ? undefined : threads, within: item.within };
      const source = await openFile(item.path, options).catch((error: unknown) => {
        // A file when it was listed, and a link by now.
        if (item.within && error instanceof TransferError && error.code === 'ELOOP') return undefined;
        throw error;
      });
      if (!source)
        return await leaveOut(one.outcomes, report, { ...item, type: 'skipped', reason: 'symlink' });
      try {
        if (source.unsized) await putStream(one, source.unsized, target, report);
        else await putFile(one, source, target, report);
      } finally {
        await source.close();
      }
    }
  }
}

/** Symbolic links are left out by rule; anything else that cannot be read is a failure of that item. */
async function leaveOut(
  outcomes: Outcomes,
  report: Item,
  { reason, path }: Extract<PutItem, { type: 'skipped' }>,
): Promise<void> {
  if (reason === 'symlink') await outcomes.skipped(report, 'a symbolic link');
  else if (reason === 'loop') await outcomes.skipped(report, 'a symbolic link that leads back');
  else {
    const kind = reason === 'missing' ? 'not-found' : 'disk';
    await outcomes.failed(report, new TransferError(kind, `${path} was skipped: ${LEFT_OUT[reason]}`));
  }
}

const LEFT_OUT: Readonly<Record<Exclude<LeftOut, 'symlink' | 'loop'>, string>> = {
  fifo: 'it is a FIFO',
  socket: 'it is a socket',
  device: 'it is a device',
  directory: 'it is a directory',
  unreadable: 'it cannot be read',
  vanished: 'it is gone',
  missing: 'it does not exist',
  outside: 'it leads out of where the list is relative to',
  name: 'its name is not valid UTF-8, so no key can carry it',
};

async function putStream(
  { engine, flags, context, outcomes }: PutOne,
  open: () => StreamSource,
  target: ObjectLocation,
  report: Item,
): Promise<void> {
  const { signal } = context;
  if (flags.verifyOnly)
    throw new TransferError('usage', `--verify-only needs a file; ${report.source} can be read only once`);
  if (flags.dryRun) return await outcomes.would(report, null);
  const object = objectOptions(flags, target.key);
  await outcomes.done(await uploadStream(engine, open(), target, { ...flags, signal, object }));
}

async function putFile(
  { engine, flags, context, outcomes, findUploads }: PutOne,
  source: FileSource,
  target: ObjectLocation,
  report: Item,
): Promise<void> {
  const options = { direction: 'put', signal: context.signal } as const;
  if (flags.verifyOnly) return await outcomes.done(await compareSource(engine, source, target, options));
  let objectExists = false;
  const onFound = (): void => {
    objectExists = true;
  };
  const why = await whyUpToDate(engine, source, target, flags, { ...options, onFound });
  if (why) return await outcomes.skipped(report, why);
  if (flags.dryRun) return await outcomes.would(report, source.size);
  const kept = flags.preserve ? metadataOf(source.attributes) : undefined;
  const { partSize, maxParts, multipartThreshold, requireChecksum, uploadId } = flags;
  const result = await upload(engine, source, target, {
    partSize,
    maxParts,
    multipartThreshold,
    requireChecksum,
    uploadId,
    objectExists,
    resume: policyOf(flags),
    findUploads,
    signal: context.signal,
    object: objectOptions(flags, source.name, kept),
  });
  await outcomes.done(result);
}
