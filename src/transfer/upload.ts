import type { Engine } from './engine.ts';
import { interruption, throwIfAborted, TransferError } from './errors.ts';
import { movePart, moveParts, startTransfer, tell, type Transfer } from './move-parts.ts';
import { cut, lengthOf, MAX_PART_SIZE, type Part, planParts, type PlanOptions } from './plan.ts';
import type { ObjectLocation, ObjectOptions, PartBody, Source, UploadHandle } from './ports.ts';
import { proveWhole } from './put-whole.ts';
import type { TransferResult } from './result.ts';
import { beginUpload, bodyOf, completeParts, sendPart, type SentPart } from './send-parts.ts';
import type { Settled } from './settle.ts';
import { tidyUp } from './tidy-up.ts';

export type UploadOptions = PlanOptions &
  ObjectOptions & {
    /** @default never aborted */
    readonly signal?: AbortSignal | undefined;
    /** Up to this many bytes go as one request. @default the part size */
    readonly multipartThreshold?: number | undefined;
  };

/**
 * Stores `source` as `target`, in one request or part by part, and proves that it arrived. When it fails, its
 * unfinished upload is aborted.
 * @throws UploadStoppedError once an upload was begun: it says whether it was aborted or is left
 * @throws TransferError
 */
export async function upload(
  engine: Engine,
  source: Source,
  target: ObjectLocation,
  options: UploadOptions = {},
): Promise<TransferResult> {
  const signal = options.signal ?? new AbortController().signal;
  const { run, store } = engine;
  const startedAt = run.clock.now();
  const plan = planParts(source.size, options);
  const { multipartThreshold = plan.partSize } = options;
  if (multipartThreshold > MAX_PART_SIZE) {
    throw new TransferError(
      'usage',
      `one request takes at most ${MAX_PART_SIZE} bytes, not ${multipartThreshold}`,
    );
  }
  const single = plan.size <= multipartThreshold;
  const parts = single ? cut(plan.size, Math.max(plan.size, 1)) : plan.parts;
  const largest = lengthOf(parts[0] ?? { number: 1, start: 0, end: 0 });
  if (largest > run.maxMemory) {
    throw new TransferError(
      'usage',
      `a part of ${largest} bytes does not fit the ${run.maxMemory} bytes of memory allowed`,
    );
  }

  const transfer = startTransfer(run, signal);
  const about = { direction: 'put', from: source.name, to: store.describe(target) } as const;
  tell(transfer, {
    type: 'transfer.planned',
    ...about,
    size: plan.size,
    partSize: largest,
    parts: parts.length,
    resumedParts: 0,
    resumedBytes: 0,
  });
  try {
    throwIfAborted(signal);
    const stored = single
      ? await uploadWhole(engine, transfer, source, target, parts, options)
      : await uploadParts(engine, transfer, source, target, parts, options);
    const elapsedMs = run.clock.now() - startedAt;
    tell(transfer, {
      type: 'transfer.done',
      bytes: plan.size,
      elapsedMs,
      etag: stored.etag,
      verified: stored.verified,
    });
    return {
      ...about,
      ...stored,
      bytes: plan.size,
      parts: parts.length,
      resumedParts: 0,
      resumedBytes: 0,
      retries: transfer.tally.retries,
      elapsedMs,
    };
  } catch (error) {
    if (error instanceof TransferError) {
      tell(transfer, { type: 'transfer.stopped', kind: error.kind, reason: error.message });
    }
    throw error;
  }
}

type Stored = Settled & { readonly uploadId: string | null };

async function uploadWhole(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  parts: readonly Part[],
  options: ObjectOptions,
): Promise<Stored> {
  let stored: Settled | undefined;
  await moveParts(transfer, parts, lengthOf, (part, signal) =>
    withPart(engine, source, part, signal, async (body) => {
      if (!(await source.isSame())) throw changedWhileRead(source);
      await movePart(transfer, part, signal, async ({ onBytes }) => {
        const receipt = await engine.store.put(target, body, { ...options, signal, onBytes });
        stored = await proveWhole(engine, target, body, receipt, signal);
      });
    }),
  );
  if (!stored) throw new Error('a transfer without a part');
  return { ...stored, uploadId: null };
}

async function uploadParts(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  parts: readonly Part[],
  options: ObjectOptions,
): Promise<Stored> {
  const handle = await beginUpload(engine, transfer, target, options);
  try {
    throwIfAborted(transfer.signal);
    const sent = await sendParts(engine, transfer, source, handle, parts);
    if (!(await source.isSame())) throw changedWhileRead(source);
    tell(transfer, { type: 'transfer.completing' });
    const settled = await completeParts(engine, transfer, handle, source.size, sent);
    return { ...settled, uploadId: handle.uploadId };
  } catch (error) {
    throw await tidyUp(engine, transfer, handle, error);
  }
}

async function sendParts(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  handle: UploadHandle,
  parts: readonly Part[],
): Promise<SentPart[]> {
  const sent: SentPart[] = [];
  await moveParts(transfer, parts, lengthOf, (part, signal) =>
    withPart(engine, source, part, signal, async (body) => {
      sent.push(await sendPart(engine, transfer, handle, part, body, signal));
    }),
  );
  if (sent.length !== parts.length) throw interruption(transfer.signal);
  return sent;
}

/** Reads and sums a part into a pooled buffer; every attempt then sends those very bytes. */
async function withPart(
  engine: Engine,
  source: Source,
  part: Part,
  signal: AbortSignal,
  send: (body: PartBody) => Promise<void>,
): Promise<void> {
  const bytes = engine.run.buffers.take(lengthOf(part));
  await source.read(part.start, bytes, { signal });
  await send(bodyOf(engine, bytes));
  // Only after success: after a failure a socket may still be reading from it.
  engine.run.buffers.give(bytes);
}

function changedWhileRead(source: Source): TransferError {
  return new TransferError('changed', `${source.name} changed while it was read; nothing was stored`, {
    hint: 'Run the command again when nobody writes to the file.',
  });
}
