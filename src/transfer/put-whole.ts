import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import { entriesOf } from './checksum.ts';
import type { ObjectLocation, PartBody, PutReceipt } from './ports.ts';
import { sizeOnly } from './result.ts';
import { compare, type Settled } from './settle.ts';

/**
 * Proves an object that was stored by one request: an echoed checksum or our MD5 as its ETag is proof enough,
 * anything less needs one look at the object.
 * @throws TransferError `corrupt` when other bytes were stored
 */
export async function proveWhole(
  engine: Engine,
  object: ObjectLocation,
  body: PartBody,
  receipt: PutReceipt,
  signal: AbortSignal,
): Promise<Settled> {
  const name = engine.store.describe(object);
  const versionId = receipt.versionId ?? null;
  const proof = engine.proofs.check(body.sums, receipt, name);
  if (proof.by === 'checksum') {
    const verified = {
      by: 'checksum',
      algorithm: proof.algorithm,
      value: body.sums[proof.algorithm] ?? null,
    } as const;
    return { etag: receipt.etag, versionId, verified };
  }
  if (proof.by === 'etag') {
    return { etag: receipt.etag, versionId, verified: { by: 'etag', algorithm: 'md5', value: receipt.etag } };
  }
  try {
    const info = await engine.store.stat({ ...object, versionId: receipt.versionId }, { signal });
    const sums = Object.fromEntries(entriesOf(body.sums));
    const verdict = compare(
      { size: body.size, etag: body.sums.md5, whole: sums, composite: {}, parts: 'size' },
      info,
      receipt.etag,
    );
    if (verdict.by === 'different')
      throw new TransferError('corrupt', `${name} is not what was sent: ${verdict.how}`);
    return {
      etag: info.etag ?? receipt.etag,
      versionId: versionId ?? info.versionId ?? null,
      verified: verdict,
    };
  } catch (error) {
    if (!(error instanceof TransferError) || error.kind !== 'denied') throw error;
    return { etag: receipt.etag, versionId, verified: sizeOnly };
  }
}
