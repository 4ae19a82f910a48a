import { checkEncryption } from './check-encryption.ts';
import { checkCondition } from './condition.ts';
import { endStopped, endWell } from './end-transfer.ts';
import type { Engine } from './engine.ts';
import { throwIfAborted, TransferError } from './errors.ts';
import { startTransfer, tell, type Transfer } from './move-parts.ts';
import { inMib, MAX_PART_SIZE, planParts, type PlanOptions } from './plan.ts';
import type { Source } from './ends.ts';
import type { ObjectLocation } from './ports.ts';
import { type TransferResult, unproven } from './result.ts';
import {
  forgetParts,
  type OnPlanned,
  type UploadedParts,
  uploadParts,
  type UploadPartsOptions,
} from './upload-parts.ts';
import { uploadWhole } from './upload-whole.ts';

export type UploadOptions = PlanOptions &
  UploadPartsOptions & {
    /** @default never aborted */
    readonly signal?: AbortSignal | undefined;
    /** Up to this many bytes go as one request. @default the part size */
    readonly multipartThreshold?: number | undefined;
    /** Whether an object that cannot be proven by more than its size is an error. @default false */
    readonly requireChecksum?: boolean | undefined;
    /** An object is known to be at the key: a failed upload is then checked for having taken it along. @default false */
    readonly objectExists?: boolean | undefined;
  };

/**
 * Stores `source` as `target`, in one request or part by part, and proves that it arrived. An upload of the same
 * bytes that was interrupted before is taken up; one that fails for a reason that can pass is kept, any other
 * aborted.
 * @throws UploadStoppedError once an upload was begun: it says whether it is kept, was aborted, or is left
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
      `one request takes at most ${inMib(MAX_PART_SIZE)}, not ${inMib(multipartThreshold)}`,
    );
  }
  // An upload that is named is taken up, however small the file.
  const isWhole = plan.size <= multipartThreshold && options.uploadId === undefined;

  const transfer = startTransfer(run, 'put', signal);
  transfer.seen.atKey = options.objectExists ?? false;
  const from = source.name;
  const to = store.describe(target);
  const { size } = plan;
  const onPlanned: OnPlanned = ({ partSize, parts }, resumed, notResumedBecause) =>
    tell(transfer, {
      type: 'transfer.planned',
      direction: 'put',
      from,
      to,
      size,
      partSize,
      parts: parts.length,
      resumedParts: resumed.parts,
      resumedBytes: resumed.bytes,
      notResumedBecause,
    });
  try {
    throwIfAborted(signal);
    await checkCondition(engine, transfer, target, options.object?.condition);
    const stored = isWhole
      ? await uploadInOne(engine, transfer, source, target, options, onPlanned)
      : await uploadParts(engine, transfer, source, target, plan, options, onPlanned);
    const elapsedMs = run.clock.now() - startedAt;
    const { etag, versionId, uploadId, verified, resumedParts, resumedBytes } = stored;
    if (options.requireChecksum && verified.by === 'size') throw unproven(to);
    await checkEncryption(engine, target, stored, options.object?.encryption, signal);
    // Named one by one: gathering them by spreading objects was a tenth of what a small file costs (measured).
    return endWell(transfer, {
      from,
      to,
      bytes: size,
      parts: stored.plan.parts.length,
      resumedParts,
      resumedBytes,
      elapsedMs,
      etag,
      versionId,
      uploadId,
      verified,
    });
  } catch (error) {
    endStopped(transfer, error);
    throw error;
  }
}

async function uploadInOne(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  options: UploadOptions,
  onPlanned: OnPlanned,
): Promise<UploadedParts> {
  const part = { number: 1, start: 0, end: source.size };
  const plan = { size: source.size, partSize: source.size, parts: [part] };
  onPlanned(plan, { parts: 0, bytes: 0 }, await forgetParts(engine, source, target, options));
  const { etag, versionId, verified } = await uploadWhole(
    engine,
    transfer,
    source,
    target,
    part,
    options.object,
  );
  return { etag, versionId, verified, plan, uploadId: null, resumedParts: 0, resumedBytes: 0 };
}
