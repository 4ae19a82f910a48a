import type { Engine } from './engine.ts';
import { askPartLengths } from './part-lengths.ts';
import { lengthsOf } from './plan.ts';
import type { Cancellable, ObjectInfo, ObjectLocation, Verified } from './ports.ts';
import { sizeOnly } from './result.ts';
import { checkInOrder, type Expectation, notTheObject } from './verify.ts';

/** Bytes that are said to be those of an object, and can be read again. */
export type ClaimedBytes = Cancellable & {
  readonly object: ObjectLocation;
  readonly info: ObjectInfo;
  readonly expectation: Expectation;
  readonly bytes: (options: Cancellable) => AsyncIterable<Uint8Array>;
};

type PartsExpectation = Extract<Expectation, { by: 'parts' }>;

/**
 * Reads bytes in order and compares them with what the object offers: once, or once for each part size to try.
 * @throws TransferError `corrupt` when they are not the object's
 */
export async function proveBytes(engine: Engine, claimed: ClaimedBytes): Promise<Verified> {
  const { expectation, info, object, signal, bytes } = claimed;
  if (expectation.by === 'size') return sizeOnly;
  const check = async (
    expected: Exclude<typeof expectation, { by: 'combined' }>,
    lengths: readonly number[],
  ): Promise<Verified | undefined> => {
    const inOrder = checkInOrder(expected, lengths, engine.hasher);
    for await (const chunk of bytes({ signal })) inOrder.update(chunk);
    return inOrder.finish();
  };
  const proven =
    expectation.by === 'parts'
      ? await provePartwise(engine, claimed, expectation, (lengths) => check(expectation, lengths))
      : await check({ etag: false, ...expectation, by: 'whole' }, [info.size]);
  if (proven) return proven;
  throw notTheObject(engine.store.describe(object), expectation);
}

async function provePartwise(
  engine: Engine,
  { info, object, signal }: ClaimedBytes,
  { partSizes, isCertain, count }: PartsExpectation,
  check: (lengths: readonly number[]) => Promise<Verified | undefined>,
): Promise<Verified | undefined> {
  for (const partSize of partSizes) {
    const verified = await check(lengthsOf(info.size, partSize));
    if (verified) return verified;
  }
  // Nobody knows how the object was cut: that no guess agrees proves nothing.
  if (!isCertain) return sizeOnly;
  const lengths = await askPartLengths(engine, object, info, count, signal);
  return lengths && isOther(lengths, info.size, partSizes) ? await check(lengths) : undefined;
}

/** Whether the object was made of parts that are not the equal ones that were assumed. */
export async function hasOtherParts(
  engine: Engine,
  object: ObjectLocation,
  info: ObjectInfo,
  expectation: Expectation,
  signal: AbortSignal,
): Promise<boolean> {
  if (expectation.by !== 'parts') return false;
  const lengths = await askPartLengths(engine, object, info, expectation.count, signal);
  return lengths !== undefined && isOther(lengths, info.size, expectation.partSizes);
}

function isOther(lengths: readonly number[], size: number, partSizes: readonly number[]): boolean {
  const [partSize] = partSizes;
  return partSize === undefined || lengthsOf(size, partSize).join() !== lengths.join();
}
