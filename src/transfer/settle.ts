import { compositeSums, entriesOf, looksLikeMd5, multipartEtag, type Proof, wholeSums } from './checksum.ts';
import { detailsOf, interruption, throwIfAborted, TransferError, UnprovenError } from './errors.ts';
import type { Engine } from './engine.ts';
import type { ObjectOptions } from './object-options.ts';
import type {
  CompletedUpload,
  ObjectInfo,
  ObjectLocation,
  Receipt,
  Sums,
  UploadHandle,
  Verified,
} from './ports.ts';
import { sizeOnly } from './result.ts';
import { withRetries } from './retry.ts';

/** What the finished object must be. */
export type Expected = {
  readonly size: number;
  /** The ETag AWS would make of the parts; `undefined` when it cannot be known. */
  readonly etag?: string | undefined;
  readonly whole: Sums;
  readonly composite: Sums;
  /** How every one of the parts was proven. */
  readonly parts: Proof['by'];
};

/** What the object must look like after Complete, from the sums that were sent and the receipts that came back. */
export function expectObject(
  engine: Pick<Engine, 'hasher'>,
  size: number,
  receipts: readonly Receipt[],
  sent: readonly { readonly size: number; readonly sums: Sums }[],
  proofs: readonly Proof[],
): Expected {
  const weakest = (['size', 'etag', 'checksum'] as const).find((by) =>
    proofs.some((proof) => proof.by === by),
  );
  return {
    size,
    etag: multipartEtag(receipts, engine.hasher),
    whole: wholeSums(sent),
    composite: compositeSums(sent, engine.hasher),
    parts: weakest ?? 'size',
  };
}

export type Settled = {
  readonly etag: string | null;
  readonly versionId: string | null;
  readonly verified: Verified;
};

const COMPLETE_ATTEMPTS = 5;
const PROOF_ATTEMPTS = 3;

/** Thrown when nobody can tell whether the object was made: its upload must not be aborted then. */
export class OutcomeUnknownError extends TransferError {}

/** What Complete must be told beside the receipts. */
export type SettleOptions = {
  /** The upload combines part checksums into one of the whole object. */
  readonly isFullObject: boolean;
  /** What was computed here over each part, in order. */
  readonly local?: readonly Sums[] | undefined;
  readonly condition?: ObjectOptions['condition'];
};

/**
 * Completes an upload and proves it. Repeating Complete is safe, but once its outcome is unknown only the
 * object itself can tell, and existence or size alone prove nothing: an older object of that size may be there.
 * @throws OutcomeUnknownError when it could not be settled
 */
export async function settleUpload(
  engine: Engine,
  upload: UploadHandle,
  receipts: readonly Receipt[],
  expected: Expected,
  signal: AbortSignal,
  options: SettleOptions = { isFullObject: true },
): Promise<Settled> {
  const { store, run } = engine;
  let unknownOutcomes = 0;
  let answer: CompletedUpload;
  try {
    answer = await withRetries(run, { signal, attempts: COMPLETE_ATTEMPTS }, async () => {
      try {
        return await store.completeUpload(upload, receipts, {
          signal,
          local: options.local,
          whole: options.isFullObject ? expected.whole : undefined,
          condition: options.condition,
        });
      } catch (error) {
        if (signal.aborted || !(error instanceof TransferError) || error.recovery !== 'never')
          unknownOutcomes++;
        throw error;
      }
    });
  } catch (error) {
    if (unknownOutcomes === 0) throw error;
    return await settleByProof(engine, upload, expected, signal, error);
  }
  try {
    return await proveCompleted(engine, upload, answer, expected, signal);
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    throw new UnprovenError(error.kind, error.message, detailsOf(error));
  }
}

/** After an unknown outcome: the object is ours if its content agrees, by more than its size. */
async function settleByProof(
  engine: Engine,
  upload: UploadHandle,
  expected: Expected,
  signal: AbortSignal,
  cause: unknown,
): Promise<Settled> {
  const unknown = (because: string): OutcomeUnknownError =>
    new OutcomeUnknownError(
      signal.aborted ? interruption(signal).kind : 'server',
      `could not confirm that ${engine.store.describe(upload)} was completed: ${because}`,
      {
        cause,
        recovery: 'never',
        hint: 'Look at the object before you discard the upload.',
      },
    );
  if (signal.aborted) throw unknown('interrupted before the server answered');
  let info: ObjectInfo;
  try {
    info = await withRetries(engine.run, { signal, attempts: PROOF_ATTEMPTS }, () =>
      engine.store.stat(upload, { signal }),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw error instanceof TransferError && error.kind === 'not-found'
      ? lost(engine, upload, cause)
      : unknown(message);
  }
  const verdict = compare(expected, info, undefined);
  const isOurs = verdict.by !== 'different' && verdict.by !== 'size';
  // Somebody else's object stands in the way, and the server said so.
  if (!isOurs && cause instanceof TransferError && cause.kind === 'precondition') throw cause;
  if (!isOurs) throw unknown('the object there is not provably this one');
  return { etag: info.etag ?? null, versionId: info.versionId ?? null, verified: verdict };
}

/** Complete was refused in the end, and no object is there. */
function lost(engine: Engine, upload: UploadHandle, cause: unknown): TransferError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const details = cause instanceof TransferError ? detailsOf(cause) : { cause };
  const message = `the upload of ${engine.store.describe(upload)} could not be completed${why}`;
  return new TransferError('server', message, { ...details, recovery: 'never' });
}

/** One look at the object after Complete said yes. */
async function proveCompleted(
  engine: Engine,
  upload: UploadHandle,
  answer: CompletedUpload,
  expected: Expected,
  signal: AbortSignal,
): Promise<Settled> {
  const versionId = answer.versionId ?? null;
  try {
    const seen = await withRetries(engine.run, { signal, attempts: PROOF_ATTEMPTS }, () =>
      engine.store.stat({ ...upload, versionId: answer.versionId }, { signal }),
    );
    const verdict = compare(expected, seen, answer.etag);
    if (verdict.by === 'different') throw notTheSame(engine, upload, verdict.how);
    return {
      etag: seen.etag ?? answer.etag ?? null,
      versionId: versionId ?? seen.versionId ?? null,
      verified: verdict,
    };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof TransferError) || error.kind !== 'denied') throw error;
    // Write-only keys may not look: then what the answer proved is all there is.
    const agrees = answer.etag !== undefined && answer.etag === expected.etag;
    const verified: Verified = agrees ? { by: 'etag', algorithm: 'md5', value: answer.etag } : sizeOnly;
    return { etag: answer.etag ?? null, versionId, verified };
  }
}

function notTheSame(engine: Engine, object: ObjectLocation, how: string): TransferError {
  return new TransferError('corrupt', `${engine.store.describe(object)} is not what was sent: ${how}`, {
    recovery: 'never',
    hint: 'Another writer may have replaced it; look at the object, then run the command again.',
  });
}

type Verdict = Verified | { readonly by: 'different'; readonly how: string };

/** Compares an object with what it must be, by the strongest that both sides know. */
export function compare(expected: Expected, info: ObjectInfo, answeredEtag: string | undefined): Verdict {
  if (info.size !== expected.size)
    return { by: 'different', how: `${info.size} bytes instead of ${expected.size}` };
  const ours = info.stored?.type === 'composite' ? expected.composite : expected.whole;
  for (const [algorithm, value] of entriesOf(info.stored?.sums ?? {})) {
    const mine = ours[algorithm];
    if (mine === undefined) continue;
    if (mine !== value) return { by: 'different', how: `${algorithm} ${value} instead of ${mine}` };
    return { by: 'checksum', algorithm, value };
  }
  const { etag } = info;
  if (etag === undefined || info.opaqueEtag) return sizeOnly;
  if (etag === expected.etag) return { by: 'etag', algorithm: 'md5', value: etag };
  // rclone answers Complete with what AWS would, and from then on says the MD5 of the whole object: two kinds that
  // cannot be compared, but the first is the sum of all parts and agrees.
  if (looksLikeMd5(etag) && answeredEtag !== undefined && answeredEtag === expected.etag) {
    return { by: 'etag', algorithm: 'md5', value: answeredEtag };
  }
  if (answeredEtag !== undefined && etag !== answeredEtag) {
    return { by: 'different', how: `ETag ${etag} instead of the ${answeredEtag} that was answered` };
  }
  // A whole-object MD5 where AWS has `…-N` (rclone does so), or an ETag of the server's own making: it is the
  // one that Complete answered, and every part was proven on its way.
  if (answeredEtag !== undefined && expected.parts !== 'size')
    return { by: 'etag', algorithm: looksLikeMd5(etag) ? 'md5' : null, value: etag };
  return sizeOnly;
}
