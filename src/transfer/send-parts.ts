import { type Proof, withSums } from './checksum.ts';
import { delayedAbort } from './clock.ts';
import type { Engine } from './engine.ts';
import { throwIfAborted, TransferError } from './errors.ts';
import type { Stragglers } from './hedge.ts';
import { attemptHedged, movePart, tell, type Transfer } from './move-parts.ts';
import type { Part } from './plan.ts';
import type { PartBody, Receipt, Sums, UploadHandle } from './ports.ts';
import { expectObject } from './expected.ts';
import type { Evidence } from './judge.ts';
import { findObject } from './find-object.ts';
import { type Settled, type SettleOptions, settleUpload } from './settle.ts';

/** How long an interruption waits for the answer to Complete: whether it worked must be known. */
const COMPLETE_GRACE_MS = 3_000;

export type SentPart = {
  readonly receipt: Receipt;
  readonly size: number;
  readonly sums: Sums;
  readonly proof: Proof;
};

/** Completes an upload whose parts have all arrived, and proves the object. */
export async function completeParts(
  engine: Engine,
  transfer: Transfer,
  handle: UploadHandle,
  size: number,
  sent: readonly SentPart[],
  options: Pick<SettleOptions, 'isFullObject' | 'condition' | 'hasOurBytes'>,
): Promise<Settled> {
  const inOrder = partsInOrder(sent);
  const receipts = inOrder.map(({ receipt }) => receipt);
  const local = inOrder.map(({ sums }) => sums);
  const proofs = inOrder.map(({ proof }) => proof);
  const expected = expectObject(engine, size, receipts, inOrder, proofs);
  const before = engine.proofs.needsEarlierObject(receipts)
    ? await lookBefore(engine, transfer, handle)
    : undefined;
  const grace = delayedAbort(transfer.signal, COMPLETE_GRACE_MS, engine.run.clock);
  try {
    throwIfAborted(transfer.signal);
    const settled = await settleUpload(engine, handle, receipts, expected, grace.signal, {
      ...options,
      local,
      before,
      onSeen: () => {
        transfer.seen.atKey = true;
      },
    });
    tell(transfer, { type: 'upload.over', uploadId: handle.uploadId });
    return settled;
  } finally {
    grace.release();
  }
}

export function partsInOrder(sent: readonly SentPart[]): readonly SentPart[] {
  return sent.toSorted((a, b) => a.receipt.number - b.receipt.number);
}

/**
 * What is at the key just before Complete; `undefined` when that cannot be seen, which only leaves less to prove by.
 * As late as this, a writer that comes in between has milliseconds, not the time of the upload.
 */
async function lookBefore(
  engine: Engine,
  transfer: Transfer,
  { bucket, key }: UploadHandle,
): Promise<Evidence['before']> {
  try {
    const found = await findObject(engine, { bucket, key }, transfer.signal);
    if (found === 'unknown') return undefined;
    transfer.seen.atKey ||= found !== undefined;
    return found ?? 'nothing';
  } catch (error) {
    throwIfAborted(transfer.signal);
    if (error instanceof TransferError) return undefined;
    throw error;
  }
}

/** Sends one part until its receipt proves that these very bytes were stored. */
export async function sendPart(
  engine: Engine,
  transfer: Transfer,
  handle: UploadHandle,
  part: Part,
  body: PartBody,
  signal: AbortSignal,
  stragglers?: Stragglers,
): Promise<SentPart> {
  const what = `part ${part.number} of ${engine.store.describe(handle)}`;
  // Where equal bytes get another ETag each time, the late attempt could replace the part that was acknowledged.
  const mayHelp = (): boolean => engine.proofs.allowsHedging;
  let result: SentPart | undefined;
  await movePart(transfer, part, signal, async ({ onBytes }) => {
    const attempt = async (own: AbortSignal, isSecond: boolean): Promise<SentPart> => {
      const meter = isSecond ? undefined : onBytes;
      const { throttle } = transfer.run;
      const options = { signal: own, onBytes: meter, throttle };
      // What the store wants may be another checksum than in the attempt before.
      const summed = await withSums(body, engine.store.wantedSums, engine.hasher);
      const receipt = await engine.store.uploadPart(handle, part, summed, options);
      return { receipt, size: body.size, ...(await engine.proofs.check(summed, receipt, what)) };
    };
    result = await attemptHedged(transfer, part, signal, stragglers, attempt, { mayHelp });
  });
  if (!result) throw new Error('a part that was neither sent nor refused');
  return result;
}

/** The body of one request: these bytes, with the sums that the store and the proof need. */
export function bodyOf(engine: Engine, bytes: Uint8Array): PartBody {
  const digest = engine.hasher(engine.proofs.algorithms());
  digest.update(bytes);
  const sums = digest.digest();
  return { size: bytes.byteLength, sums, open: () => [bytes] };
}
