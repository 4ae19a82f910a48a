import type { PartSum } from './combine.ts';
import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import { movePart, moveParts, type Transfer } from './move-parts.ts';
import { lengthOf, MIB, type Part } from './plan.ts';
import type { ObjectInfo, ObjectLocation, Sink, Verified } from './ports.ts';
import { sizeOnly } from './result.ts';
import { createTurnstile } from './turnstile.ts';
import {
  checkInOrder,
  type Expectation,
  type InOrderCheck,
  partAlgorithms,
  verifyCombined,
} from './verify.ts';

/** One object on its way into one sink. */
export type Fetch = {
  readonly engine: Engine;
  readonly transfer: Transfer;
  readonly object: ObjectLocation;
  readonly info: ObjectInfo;
  readonly sink: Sink;
  readonly expectation: Expectation;
};

/** What a lane holds while chunks go straight to where they belong. */
const CHUNKS_IN_FLIGHT = MIB / 4;

/**
 * Moves all bytes into the sink and returns by what they are proven.
 * @throws TransferError `corrupt` when they are not the object's
 */
export async function fetchParts(fetch: Fetch, parts: readonly Part[]): Promise<Verified> {
  const { engine, info, sink, expectation } = fetch;
  // An empty object has no range that a server would answer.
  const wanted = info.size === 0 ? [] : parts;
  const what = engine.store.describe(fetch.object);
  if (sink.order === 'in-order') return await fetchInOrder(fetch, wanted, what);

  const sums: PartSum[] = [];
  await moveParts(
    fetch.transfer,
    wanted,
    () => CHUNKS_IN_FLIGHT,
    async (part, signal) => {
      sums[part.number - 1] = await fetchPart(fetch, part, signal, (offset, chunk) =>
        sink.write(part.start + offset, chunk, { signal }),
      );
    },
  );
  if (expectation.by === 'size') return sizeOnly;
  if (expectation.by === 'combined') return verifyCombined(expectation, orEmpty(fetch, sums), what);
  return await verifyAgain(fetch, expectation, what);
}

/** Fetches in parallel, but hands out in order: a part waits in memory until all before it are written. */
async function fetchInOrder(fetch: Fetch, parts: readonly Part[], what: string): Promise<Verified> {
  const { engine, sink, expectation } = fetch;
  const { buffers } = engine.run;
  const sums: PartSum[] = [];
  // Every byte is seen once, so a check that wants them in order must run along.
  const check = checkAlong(fetch);
  const turnstile = createTurnstile();
  await moveParts(fetch.transfer, parts, lengthOf, async (part, signal) => {
    const buffer = buffers.take(lengthOf(part));
    sums[part.number - 1] = await fetchPart(fetch, part, signal, (offset, chunk) =>
      buffer.set(chunk, offset),
    );
    await turnstile.wait(part.number, signal);
    check?.update(buffer);
    await sink.write(part.start, buffer, { signal });
    turnstile.pass();
    buffers.give(buffer);
  });
  if (expectation.by === 'combined') return verifyCombined(expectation, orEmpty(fetch, sums), what);
  return check?.finish(what) ?? sizeOnly;
}

function orEmpty({ engine, info, expectation }: Fetch, sums: readonly PartSum[]): readonly PartSum[] {
  return info.size === 0 ? [{ size: 0, sums: engine.hasher(partAlgorithms(expectation)).digest() }] : sums;
}

/** One check for all bytes in order; none where the part size behind the sum is not known for sure. */
function checkAlong({ engine, info, expectation }: Fetch): InOrderCheck | undefined {
  if (expectation.by === 'whole') return checkInOrder(expectation, info.size, info.size, engine.hasher);
  const [only, ...others] = expectation.by === 'parts' ? expectation.partSizes : [];
  if (expectation.by !== 'parts' || only === undefined || others.length > 0) return undefined;
  return checkInOrder(expectation, info.size, only, engine.hasher);
}

/** Reads the written bytes once more, for a sum that wants them in order; once for each part size to try. */
async function verifyAgain(
  { engine, info, sink, transfer }: Fetch,
  expectation: Extract<Expectation, { by: 'whole' | 'parts' }>,
  what: string,
): Promise<Verified> {
  const partSizes = expectation.by === 'parts' ? expectation.partSizes : [info.size];
  for (const partSize of partSizes) {
    const check = checkInOrder(expectation, info.size, partSize, engine.hasher);
    for await (const bytes of sink.reread({ signal: transfer.signal })) check.update(bytes);
    const verified = check.finish(what);
    if (verified) return verified;
  }
  return sizeOnly;
}

/** Fetches one part, chunk by chunk; an attempt that failed is begun again from the part's first byte. */
async function fetchPart(
  { engine, transfer, object, info, expectation }: Fetch,
  part: Part,
  signal: AbortSignal,
  keep: (offset: number, chunk: Uint8Array) => Promise<void> | void,
): Promise<PartSum> {
  const size = lengthOf(part);
  let sums: PartSum['sums'] = {};
  await movePart(transfer, part, signal, async ({ onBytes }) => {
    const digest = engine.hasher(partAlgorithms(expectation));
    let done = 0;
    for await (const chunk of engine.store.read(object, part, { signal, etag: info.etag })) {
      if (done + chunk.byteLength > size) throw wrongLength(part, done + chunk.byteLength);
      digest.update(chunk);
      await keep(done, chunk);
      done += chunk.byteLength;
      onBytes(done);
    }
    if (done !== size) throw wrongLength(part, done);
    sums = digest.digest();
  });
  return { size, sums };
}

function wrongLength(part: Part, got: number): TransferError {
  return new TransferError(
    'corrupt',
    `the answer for part ${part.number} has ${got} bytes instead of ${lengthOf(part)}`,
  );
}
