import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import { entriesOf, withMd5, withSums } from './checksum.ts';
import { movePart, type Transfer } from './move-parts.ts';
import type { ObjectOptions } from './object-options.ts';
import type { Part } from './plan.ts';
import type { ObjectLocation, PartBody, PutReceipt } from './ports.ts';
import { sizeOnly } from './result.ts';
import type { Expected } from './expected.ts';
import { compare } from './judge.ts';
import type { Settled } from './settle.ts';

/**
 * Stores an object by one request and proves it. A condition that fails after an attempt nobody heard the end of
 * may have failed because of that very attempt: then the object itself decides.
 */
export async function putWhole(
  engine: Engine,
  transfer: Transfer,
  target: ObjectLocation,
  part: Part,
  body: PartBody,
  as: ObjectOptions | undefined,
  signal: AbortSignal,
): Promise<Settled> {
  let settled: Settled | undefined;
  let isUnknown = false;
  await movePart(transfer, part, signal, async ({ onBytes }) => {
    try {
      const { throttle } = transfer.run;
      // What the store wants may be another checksum than in the attempt before.
      const summed = await withSums(body, engine.store.wantedSums, engine.hasher);
      const receipt = await engine.store.put(target, summed, { as, signal, onBytes, throttle });
      settled = await proveWhole(engine, target, summed, receipt, signal);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      if (error.kind !== 'precondition' || !isUnknown) {
        isUnknown ||= error.recovery !== 'never';
        throw error;
      }
      settled = await proveEarlier(engine, target, body, signal);
      if (!settled) throw error;
    }
  });
  if (!settled) throw new Error('a transfer without a part');
  return settled;
}

/** The object, if it is the one that an earlier attempt made: by more than its size. */
async function proveEarlier(
  engine: Engine,
  target: ObjectLocation,
  body: PartBody,
  signal: AbortSignal,
): Promise<Settled | undefined> {
  const info = await engine.store.stat(target, { signal });
  // Its own answer was lost, so nothing is known of what this store proves by.
  const sums = await withMd5(body, engine.hasher);
  const verdict = compare(expectWhole({ ...body, sums }), info);
  if (verdict.type !== 'ours') return undefined;
  return { etag: info.etag ?? null, versionId: info.versionId ?? null, verified: verdict.verified };
}

/** What the object must be, from the sums of its one body. */
function expectWhole(body: PartBody): Expected {
  const whole = Object.fromEntries(entriesOf(body.sums));
  return { size: body.size, etag: body.sums.md5, whole, composite: {}, parts: 'etag' };
}

/**
 * Proves an object that was stored by one request: an echoed checksum or our MD5 as its ETag is proof enough,
 * anything less needs one look at the object.
 * @throws TransferError `corrupt` when other bytes were stored
 */
async function proveWhole(
  engine: Engine,
  object: ObjectLocation,
  body: PartBody,
  receipt: PutReceipt,
  signal: AbortSignal,
): Promise<Settled> {
  const name = engine.store.describe(object);
  const versionId = receipt.versionId ?? null;
  const { proof, sums } = await engine.proofs.check(body, receipt, name);
  if (proof.by === 'checksum') {
    const { algorithm } = proof;
    const verified = { by: 'checksum', algorithm, value: sums[algorithm] ?? null } as const;
    return { etag: receipt.etag, versionId, verified };
  }
  if (proof.by === 'etag') {
    return { etag: receipt.etag, versionId, verified: { by: 'etag', algorithm: 'md5', value: receipt.etag } };
  }
  try {
    const info = await engine.store.stat({ ...object, versionId: receipt.versionId }, { signal });
    const verdict = compare(expectWhole(body), info);
    const { etag = receipt.etag } = info;
    const isOther = verdict.type === 'unknown' && etag !== receipt.etag;
    if (verdict.type === 'other' || isOther) {
      const how = verdict.type === 'other' ? verdict.how : `ETag ${etag} instead of ${receipt.etag}`;
      throw new TransferError('corrupt', `${name} is not what was sent: ${how}`);
    }
    return {
      etag,
      versionId: versionId ?? info.versionId ?? null,
      verified: verdict.type === 'ours' ? verdict.verified : sizeOnly,
    };
  } catch (error) {
    if (!(error instanceof TransferError) || error.kind !== 'denied') throw error;
    return { etag: receipt.etag, versionId, verified: sizeOnly };
  }
}
