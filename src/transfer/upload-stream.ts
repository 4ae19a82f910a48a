import { beginUpload } from './begin-upload.ts';
import { checkEncryption } from './check-encryption.ts';
import { holdsParts } from './content.ts';
import { checkCondition } from './condition.ts';
import { endStopped, endWell } from './end-transfer.ts';
import type { Engine } from './engine.ts';
import { exactly } from './gate.ts';
import { interruption, throwIfAborted, TransferError, UnprovenError } from './errors.ts';
import { startTransfer, tell, type Transfer } from './move-parts.ts';
import { withPermit } from './pace.ts';
import { inMib, MAX_PART_SIZE, MAX_PARTS, MIB, MIN_PART_SIZE } from './plan.ts';
import type { ObjectOptions } from './object-options.ts';
import type { CutVerbs } from './cut-stream.ts';
import type { StreamSource } from './ends.ts';
import type { ObjectLocation, UploadHandle } from './ports.ts';
import { putWhole } from './put-whole.ts';
import { type TransferResult, unproven } from './result.ts';
import { bodyOf, completeParts, partsInOrder, sendPart, type SentPart } from './send-parts.ts';
import { OutcomeUnknownError, type Settled } from './settle.ts';
import { tidyUp } from './tidy-up.ts';

export type UploadStreamOptions = {
  /** How the object is to be stored, beside its bytes. @default nothing is said */
  readonly object?: ObjectOptions | undefined;
  /** @default never aborted */
  readonly signal?: AbortSignal | undefined;
  /** In bytes. @default 64 MiB, or 8 MiB when `expectedSize` fits 10,000 such parts */
  readonly partSize?: number | undefined;
  /** The exact number of bytes to come; another number is an error and stores nothing. */
  readonly expectedSize?: number | undefined;
  /** What the server allows. @default 10,000 */
  readonly maxParts?: number | undefined;
  /** Whether an object that cannot be proven by more than its size is an error. @default false */
  readonly requireChecksum?: boolean | undefined;
};

const UNKNOWN_PART_SIZE = 64 * MIB;
const UNKNOWN_LANES = 2;
const KNOWN_PART_SIZE = 8 * MIB;
const KNOWN_LANES = 7;

/** Parts of a stream: their size, how many are sent at once (one more is being filled), and the most there may be. */
type StreamPlan = { readonly partSize: number; readonly lanes: number; readonly maxParts: number };

/**
 * Sizes the parts of a stream so that lanes and the part being filled fit the memory allowed.
 * @throws TransferError `usage` when no part size does
 */
export function planStream(options: UploadStreamOptions, maxMemory: number): StreamPlan {
  const { expectedSize, maxParts = MAX_PARTS } = options;
  const needed = Math.ceil((expectedSize ?? 0) / maxParts / MIB) * MIB;
  const lanesWanted = expectedSize === undefined ? UNKNOWN_LANES : KNOWN_LANES;
  const usual = expectedSize === undefined ? UNKNOWN_PART_SIZE : KNOWN_PART_SIZE;
  // Unasked, a smaller part is better than too much memory; two buffers are the least that can move.
  const wanted =
    options.partSize ?? Math.max(Math.min(usual, wholeMib(maxMemory / (UNKNOWN_LANES + 1))), MIN_PART_SIZE);
  // As with files, the limit of parts may make them larger; too small a part stays so, and is refused.
  const partSize = wanted < MIN_PART_SIZE ? wanted : Math.max(wanted, needed);
  if (partSize < MIN_PART_SIZE || partSize > MAX_PART_SIZE) {
    throw new TransferError(
      'usage',
      `a part of ${inMib(partSize)} is outside the ${inMib(MIN_PART_SIZE)} to ${inMib(MAX_PART_SIZE)} that S3 allows`,
    );
  }
  if (partSize * 2 > maxMemory) {
    throw new TransferError(
      'usage',
      `a stream with parts of ${inMib(partSize)} needs ${inMib(partSize * 2)} of memory; ${inMib(maxMemory)} are allowed`,
    );
  }
  return { partSize, maxParts, lanes: Math.min(lanesWanted, Math.floor(maxMemory / partSize) - 1) };
}

const wholeMib = (bytes: number): number => Math.floor(bytes / MIB) * MIB;

/**
 * Stores a stream that cannot be read again: a part is kept in memory until it is acknowledged. A failure
 * aborts the upload and leaves nothing.
 * @throws TransferError `changed` when `expectedSize` was wrong
 */
export async function uploadStream(
  engine: Engine,
  source: StreamSource,
  target: ObjectLocation,
  options: UploadStreamOptions = {},
): Promise<TransferResult> {
  const { run, store } = engine;
  const outer = options.signal ?? new AbortController().signal;
  const startedAt = run.clock.now();
  const plan = planStream(options, run.maxMemory);
  // The first failure must cancel the parts beside it, whoever cuts the stream.
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const transfer = startTransfer(run, 'put', signal);
  const from = source.name;
  const to = store.describe(target);
  const size = options.expectedSize ?? null;
  const parts = size === null ? null : Math.max(1, Math.ceil(size / plan.partSize));
  tell(transfer, {
    type: 'transfer.planned',
    direction: 'put',
    from,
    to,
    size,
    partSize: plan.partSize,
    parts,
    resumedParts: 0,
    resumedBytes: 0,
  });

  const state = {
    handle: undefined,
    bytes: 0,
    sent: [],
    settled: undefined,
  } satisfies StreamState as StreamState;
  try {
    throwIfAborted(outer);
    await checkCondition(engine, transfer, target, options.object?.condition);
    await engine.cut(
      counted(source.stream, state, options.expectedSize),
      { signal, partSize: plan.partSize, lanes: plan.lanes },
      failingOnce(streamVerbs(engine, transfer, target, options, plan, state), failure),
    );
    if (!state.settled) throwIfAborted(outer);
    if (!state.settled) throw new Error('a stream that was cut but not completed');
    const elapsedMs = run.clock.now() - startedAt;
    const { settled } = state;
    if (options.requireChecksum && settled.verified.by === 'size') throw unproven(to);
    await checkEncryption(engine, target, settled, options.object?.encryption, signal);
    return endWell(transfer, {
      from,
      to,
      ...settled,
      uploadId: state.handle?.uploadId ?? null,
      bytes: state.bytes,
      parts: Math.max(1, state.sent.length),
      resumedParts: 0,
      resumedBytes: 0,
      elapsedMs,
    });
  } catch (error) {
    // The reason of the first failure, not what the cutter made of it.
    const failed: unknown = failure.signal.aborted ? failure.signal.reason : error;
    // Even an interruption must not hide that the object may be there: its upload would be aborted.
    const isOver = failed instanceof OutcomeUnknownError || failed instanceof UnprovenError;
    const isHidden = outer.aborted && !isOver;
    const cause = isHidden ? interruption(outer) : failed;
    const thrown = state.handle
      ? (await tidyUp(engine, transfer, state.handle, cause, undefined)).error
      : cause;
    endStopped(transfer, thrown);
    throw thrown;
  }
}

type StreamState = {
  handle: UploadHandle | undefined;
  bytes: number;
  readonly sent: SentPart[];
  settled: Settled | undefined;
};

/** Counts what the source gives, and ends the transfer when it is not what was expected. */
async function* counted(
  stream: AsyncIterable<Uint8Array>,
  state: StreamState,
  expectedSize: number | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of stream) {
    state.bytes += bytes.byteLength;
    if (expectedSize !== undefined && state.bytes > expectedSize)
      throw notAsExpected('more than', expectedSize);
    yield bytes;
  }
  if (expectedSize !== undefined && state.bytes < expectedSize)
    throw notAsExpected(`${state.bytes} instead of`, expectedSize);
}

function notAsExpected(what: string, expectedSize: number): TransferError {
  return new TransferError(
    'changed',
    `the stream had ${what} the ${expectedSize} bytes that were expected; nothing was stored`,
  );
}

/** How a piece of a cut stream is stored: the same verbs, retries and proofs as for files. */
function streamVerbs(
  engine: Engine,
  transfer: Transfer,
  target: ObjectLocation,
  options: UploadStreamOptions,
  plan: StreamPlan,
  state: StreamState,
): CutVerbs {
  const { signal } = transfer;
  const { pace } = engine.run;
  const begun = (): UploadHandle => {
    if (!state.handle) throw new Error('a part before its upload was begun');
    return state.handle;
  };
  return {
    async put(bytes) {
      const body = bodyOf(engine, bytes);
      const part = { number: 1, start: 0, end: bytes.byteLength };
      state.settled = await withPermit(pace, exactly(bytes.byteLength), signal, () =>
        putWhole(engine, transfer, target, part, body, options.object, signal),
      );
    },
    async begin() {
      state.handle = await beginUpload(engine, transfer, target, options.object);
      throwIfAborted(signal);
    },
    async part(number, bytes) {
      if (number > plan.maxParts) {
        throw new TransferError(
          'usage',
          `the stream has more than ${plan.maxParts} parts of ${inMib(plan.partSize)}`,
          {
            hint: 'Name its size with --expected-size, or choose a larger --part-size.',
          },
        );
      }
      const start = (number - 1) * plan.partSize;
      const part = { number, start, end: start + bytes.byteLength };
      const sent = await withPermit(pace, exactly(bytes.byteLength), signal, () =>
        sendPart(engine, transfer, begun(), part, bodyOf(engine, bytes), signal),
      );
      state.sent.push(sent);
      return { etag: sent.receipt.etag };
    },
    async complete() {
      tell(transfer, { type: 'transfer.completing' });
      state.settled = await completeParts(engine, transfer, begun(), state.bytes, state.sent, {
        isFullObject: true,
        condition: options.object?.condition,
        hasOurBytes: (object, signal) =>
          holdsParts(engine, target, object, partsInOrder(state.sent), { signal }),
      });
    },
  };
}

/** Cancels everything with the error of the first verb that fails. */
function failingOnce(verbs: CutVerbs, failure: AbortController): CutVerbs {
  const guard = async <T>(running: Promise<T>): Promise<T> => {
    try {
      return await running;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  return {
    put: (bytes) => guard(verbs.put(bytes)),
    begin: () => guard(verbs.begin()),
    part: (number, bytes) => guard(verbs.part(number, bytes)),
    complete: () => guard(verbs.complete()),
  };
}
