import { combineCrcs, foldCrcs, type PartSum } from './combine.ts';
import type { Engine } from './engine.ts';
import { exactly } from './gate.ts';
import { TransferError } from './errors.ts';
import type { Stragglers } from './hedge.ts';
import { attemptHedged, movePart, moveParts, type Transfer } from './move-parts.ts';
import { lengthOf, lengthsOf, MIB, type Part, type Ranges } from './plan.ts';
import type { JournalPage } from './journal.ts';
import type { Sink } from './ends.ts';
import type { ObjectInfo, ObjectLocation, Verified } from './ports.ts';
import { sizeOnly } from './result.ts';
import { createTurnstile } from './turnstile.ts';
import { hasOtherParts, proveBytes } from './prove-bytes.ts';
import {
  checkInOrder,
  type Expectation,
  type InOrderCheck,
  notTheObject,
  partAlgorithms,
  verifyCombined,
} from './verify.ts';

/** One object on its way into one sink. */
export type Fetch = {
  readonly engine: Engine;
  readonly transfer: Transfer;
  readonly object: ObjectLocation;
  readonly info: ObjectInfo;
  /** Bytes of all of it; `info.size` is what is wanted of them. */
  readonly objectSize: number;
  /** Where in the object the bytes begin that are wanted; parts and sink count from there. */
  readonly base: number;
  readonly sink: Sink;
  readonly expectation: Expectation;
  /** The parts that are in a sink that takes any order, by number; every one that arrives is added. */
  readonly done: Map<number, PartSum>;
  /** Remembers the parts of a sink that can be kept. */
  readonly page: JournalPage | undefined;
};

/** What a lane holds while chunks go straight to where they belong. */
const CHUNKS_IN_FLIGHT = MIB;

/**
 * Moves all bytes into the sink and returns by what they are proven.
 * @throws TransferError `corrupt` when they are not the object's
 */
export async function fetchParts(fetch: Fetch, plan: Ranges): Promise<Verified> {
  const { engine, info, sink, expectation, done } = fetch;
  const what = engine.store.describe(fetch.object);
  if (sink.order === 'in-order') return await fetchInOrder(fetch, plan, what);

  const missing = [...rangesToAsk(plan)].filter(({ number }) => !done.has(number));
  await moveParts(
    fetch.transfer,
    missing,
    missing.length,
    () => exactly(CHUNKS_IN_FLIGHT),
    async (part, signal, stragglers) => {
      const sum = await fetchPart(fetch, part, signal, stragglers, (offset, chunk) =>
        sink.write(part.start + offset, chunk, { signal }),
      );
      done.set(part.number, sum);
      await fetch.page?.addPart({ number: part.number, ...sum, etag: info.etag ?? '' });
    },
  );
  if (expectation.by === 'combined')
    return verifyCombined(
      expectation,
      combineCrcs(expectation.algorithm, sumsOf(done, rangesToAsk(plan))),
      what,
    );
  return await proveBytes(engine, { ...fetch, bytes: sink.reread, signal: fetch.transfer.signal });
}

/** An empty object has no range that a server would answer. */
function rangesToAsk(plan: Ranges): Iterable<Part> {
  return plan.size === 0 ? [] : plan.all();
}

/** The sums of all parts, in order. */
function* sumsOf(done: ReadonlyMap<number, PartSum>, parts: Iterable<Part>): Generator<PartSum> {
  for (const { number } of parts) yield done.get(number) ?? { size: 0, sums: {} };
}

/** Fetches in parallel, but hands out in order: a part waits in memory until all before it are written. */
async function fetchInOrder(fetch: Fetch, plan: Ranges, what: string): Promise<Verified> {
  const { engine, info, sink, expectation } = fetch;
  const { buffers } = engine.run;
  // Every byte is seen once, so a check that wants them in order must run along.
  const check = checkAlong(fetch);
  const fold = expectation.by === 'combined' ? foldCrcs(expectation.algorithm) : undefined;
  const turnstile = createTurnstile();
  await moveParts(
    fetch.transfer,
    rangesToAsk(plan),
    plan.count,
    (part) => exactly(lengthOf(part)),
    async (part, signal, stragglers) => {
      const buffer = buffers.take(lengthOf(part));
      const keep = (offset: number, chunk: Uint8Array): void => buffer.set(chunk, offset);
      const sum = await fetchPart(fetch, part, signal, stragglers, keep);
      await turnstile.wait(part.number, signal);
      check?.update(buffer);
      fold?.add(sum);
      await sink.write(part.start, buffer, { signal });
      turnstile.pass();
      buffers.give(buffer);
    },
  );
  if (expectation.by === 'combined') return verifyCombined(expectation, fold?.value(), what);
  const verified = check?.finish();
  if (verified || !check || expectation.by === 'size') return verified ?? sizeOnly;
  // The bytes have gone out and cannot be looked at again; parts of other lengths are no damage.
  if (await hasOtherParts(engine, fetch.object, info, expectation, fetch.transfer.signal)) return sizeOnly;
  throw notTheObject(what, expectation);
}

/** One check for all bytes in order; none where the part size behind the sum is not known for sure. */
function checkAlong({ engine, info, expectation }: Fetch): InOrderCheck | undefined {
  if (expectation.by === 'whole') return checkInOrder(expectation, [info.size], engine.hasher);
  const [partSize] = expectation.by === 'parts' && expectation.isCertain ? expectation.partSizes : [];
  if (expectation.by !== 'parts' || partSize === undefined) return undefined;
  return checkInOrder(expectation, lengthsOf(info.size, partSize), engine.hasher);
}

type Keep = (offset: number, chunk: Uint8Array) => Promise<void> | void;

/**
 * Fetches one part; an attempt that failed is begun again from the part's first byte. A second attempt beside a
 * late one gathers its bytes in memory: two writers of one place could leave those of the one that lost.
 */
async function fetchPart(
  fetch: Fetch,
  part: Part,
  signal: AbortSignal,
  stragglers: Stragglers,
  keep: Keep,
): Promise<PartSum> {
  const { transfer } = fetch;
  const size = lengthOf(part);
  let sums: PartSum['sums'] = {};
  await movePart(transfer, part, signal, async ({ onBytes }) => {
    const fetched = await attemptHedged(
      transfer,
      part,
      signal,
      stragglers,
      async (own, isSecond) => {
        if (!isSecond) return { sums: await streamPart(fetch, part, own, keep, onBytes), bytes: undefined };
        const bytes = new Uint8Array(size);
        const set: Keep = (offset, chunk) => bytes.set(chunk, offset);
        return { sums: await streamPart(fetch, part, own, set, undefined), bytes };
      },
      { bytesHeld: size },
    );
    if (fetched.bytes) await keep(0, fetched.bytes);
    sums = fetched.sums;
  });
  return { size, sums };
}

/** One attempt: every chunk of exactly this range is summed and kept. */
async function streamPart(
  { engine, object, objectSize, info, base, expectation, page }: Fetch,
  part: Part,
  signal: AbortSignal,
  keep: Keep,
  onBytes: ((total: number) => void) | undefined,
): Promise<PartSum['sums']> {
  const size = lengthOf(part);
  // What is kept for a later run is compared with its own sum then.
  const algorithms = new Set([...partAlgorithms(expectation), ...(page ? (['crc32'] as const) : [])]);
  const digest = engine.hasher([...algorithms]);
  const range = { start: base + part.start, end: base + part.end };
  let done = 0;
  for await (const chunk of engine.store.read(object, range, {
    signal,
    etag: info.etag,
    lastModified: info.lastModified,
    size: objectSize,
  })) {
    if (done + chunk.byteLength > size) throw wrongLength(part, done + chunk.byteLength);
    // What is not taken off a socket is not sent for long: nobody else holds an answer back.
    await engine.run.throttle?.pass(chunk.byteLength, { signal });
    digest.update(chunk);
    await keep(done, chunk);
    done += chunk.byteLength;
    onBytes?.(done);
  }
  if (done !== size) throw wrongLength(part, done);
  return digest.digest();
}

function wrongLength(part: Part, got: number): TransferError {
  return new TransferError(
    'corrupt',
    `the answer for part ${part.number} has ${got} bytes instead of ${lengthOf(part)}`,
  );
}
