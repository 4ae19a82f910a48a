import { throwIfAborted, detailsOf, interruption, TransferError, UnprovenError } from './errors.ts';
import type { Engine } from './engine.ts';
import type { Expected } from './expected.ts';
import { compare, type Evidence, isVersion, judge, type Verdict } from './judge.ts';
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

export type Settled = {
  readonly etag: string | null;
  readonly versionId: string | null;
  readonly verified: Verified;
};

const COMPLETE_ATTEMPTS = 5;
const PROOF_ATTEMPTS = 3;

/** Thrown when nothing tells whether the object was made: its upload must not be aborted then. */
export class OutcomeUnknownError extends TransferError {}

/** What is known of an upload beside its receipts. */
export type SettleOptions = Pick<Evidence, 'before'> & {
  /** The upload combines part checksums into one of the whole object. */
  readonly isFullObject: boolean;
  /** What was computed here over each part, in order. */
  readonly local?: readonly Sums[] | undefined;
  readonly condition?: ObjectOptions['condition'];
  /** Whether the MD5 that the object claims to have is that of the bytes that were sent. */
  readonly hasOurBytes?: ((object: ObjectInfo, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** Called with every object that is seen at the key. */
  readonly onSeen?: (() => void) | undefined;
};

/**
 * Completes an upload and proves it. Repeating Complete is safe, but neither its 200 nor its refusal is the last word:
 * only the object itself tells, and existence or size alone prove nothing, since an older object of that size may be
 * there.
 * @throws OutcomeUnknownError when nothing proves it
 * @throws UnprovenError `corrupt` when another object is there
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
  const { local, condition } = options;
  const proof = { engine, upload, expected, signal, options };
  let isUncertain = false;
  let answer: CompletedUpload;
  try {
    answer = await withRetries(run, { signal, attempts: COMPLETE_ATTEMPTS }, async () => {
      try {
        const whole = options.isFullObject ? expected.whole : undefined;
        return await store.completeUpload(upload, receipts, {
          signal,
          local,
          whole,
          condition,
          size: expected.size,
        });
      } catch (error) {
        isUncertain ||= signal.aborted || !(error instanceof TransferError) || error.recovery !== 'never';
        throw error;
      }
    });
  } catch (error) {
    if (isUncertain) return await settleByProof(proof, error);
    // Another process may have completed the same upload: the object is then as good as ours.
    const settled = isUploadGone(error) ? await proveEarlier(proof) : undefined;
    if (settled) return settled;
    throw error;
  }
  // After an attempt without an answer this one may be about another writer's object.
  const known = isUncertain ? { ...options, before: undefined } : options;
  return await proveCompleted({ ...proof, options: known }, answer);
}

type ProofOfUpload = {
  readonly engine: Engine;
  readonly upload: UploadHandle;
  readonly expected: Expected;
  readonly signal: AbortSignal;
  readonly options: SettleOptions;
};

function isUploadGone(error: unknown): boolean {
  return error instanceof TransferError && error.kind === 'not-found' && error.code !== 'NoSuchBucket';
}

/** Looks at the object, and says what it is. */
async function look(
  { engine, upload, expected, signal, options }: ProofOfUpload,
  answer: CompletedUpload | undefined,
): Promise<{ readonly info: ObjectInfo; readonly verdict: Verdict }> {
  const versionId = isVersion(answer?.versionId) ? answer.versionId : undefined;
  const { bucket, key } = upload;
  const info = await withRetries(engine.run, { signal, attempts: PROOF_ATTEMPTS }, () =>
    engine.store.stat({ bucket, key, versionId }, { signal }),
  );
  options.onSeen?.();
  const { hasOurBytes, before } = options;
  const verdict = await judge(expected, info, {
    answer,
    before,
    begunAt: upload.begunAt,
    hasOurBytes: hasOurBytes && ((object) => hasOurBytes(object, signal)),
  });
  if (compare(expected, info).type === 'ours') engine.proofs.learnContentProof();
  return { info, verdict };
}

/** After an unknown outcome: the object is ours if its content agrees, by more than its size. */
async function settleByProof(proof: ProofOfUpload, cause: unknown): Promise<Settled> {
  const { engine, upload, signal } = proof;
  if (signal.aborted) throw outcomeUnknown(proof, 'interrupted before the server answered', cause);
  try {
    const { info, verdict } = await look(proof, undefined);
    if (verdict.type === 'ours') return settledBy(info, verdict.verified);
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'not-found') throw lost(engine, upload, cause);
    throw outcomeUnknown(proof, messageOf(error), cause);
  }
  // Another writer's object stands in the way, and the server said so.
  if (cause instanceof TransferError && cause.kind === 'precondition') throw cause;
  throw outcomeUnknown(proof, 'the object there is not provably this one', cause);
}

/** The object, if it is proven; a look that fails proves nothing. */
async function proveEarlier(proof: ProofOfUpload): Promise<Settled | undefined> {
  try {
    const { info, verdict } = await look(proof, undefined);
    return verdict.type === 'ours' ? settledBy(info, verdict.verified) : undefined;
  } catch (error) {
    throwIfAborted(proof.signal);
    if (error instanceof TransferError) return undefined;
    throw error;
  }
}

/** One look at the object after Complete said yes. */
async function proveCompleted(proof: ProofOfUpload, answer: CompletedUpload): Promise<Settled> {
  const { engine, upload, expected, signal } = proof;
  const versionId = answer.versionId ?? null;
  let seen: Awaited<ReturnType<typeof look>>;
  try {
    seen = await look(proof, answer);
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    if (signal.aborted) throw outcomeUnknown(proof, 'interrupted before the object was seen', error);
    if (error.kind === 'not-found') throw outcomeUnknown(proof, 'no object is there', error);
    if (error.kind !== 'denied') throw outcomeUnknown(proof, error.message, error);
    // Write-only keys may not look: then what the answer proved is all there is.
    const agrees = answer.etag !== undefined && answer.etag === expected.etag;
    const verified: Verified = agrees ? { by: 'etag', algorithm: 'md5', value: answer.etag } : sizeOnly;
    return { etag: answer.etag ?? null, versionId, verified };
  }
  const { info, verdict } = seen;
  switch (verdict.type) {
    case 'ours':
      return { ...settledBy(info, verdict.verified), versionId: versionId ?? info.versionId ?? null };
    case 'other':
      throw notTheSame(engine, upload, verdict.how);
    case 'unknown':
      throw outcomeUnknown(proof, verdict.how, undefined);
  }
}

function settledBy({ etag, versionId }: ObjectInfo, verified: Verified): Settled {
  return { etag: etag ?? null, versionId: versionId ?? null, verified };
}

function outcomeUnknown(
  { engine, upload, signal }: ProofOfUpload,
  because: string,
  cause: unknown,
): OutcomeUnknownError {
  return new OutcomeUnknownError(
    signal.aborted ? interruption(signal).kind : 'server',
    `could not confirm that ${engine.store.describe(upload)} was completed: ${because}`,
    { cause, recovery: 'never', hint: 'Look at the object before you discard the upload.' },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Complete was refused in the end, and no object is there. */
function lost(engine: Engine, upload: UploadHandle, cause: unknown): TransferError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const details = cause instanceof TransferError ? detailsOf(cause) : { cause };
  const message = `the upload of ${engine.store.describe(upload)} could not be completed${why}`;
  return new TransferError('server', message, { ...details, recovery: 'never' });
}

function notTheSame(engine: Engine, object: ObjectLocation, how: string): UnprovenError {
  return new UnprovenError('corrupt', `${engine.store.describe(object)} is not what was sent: ${how}`, {
    recovery: 'never',
    hint: 'Another writer may have replaced it; look at the object, then run the command again.',
  });
}
