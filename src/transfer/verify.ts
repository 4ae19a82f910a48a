import { combineCrcs, isCombinable, type PartSum } from './combine.ts';
import { compositeSum, entriesOf, looksLikeMd5 } from './checksum.ts';
import { TransferError } from './errors.ts';
import { cut, lengthOf, MIB } from './plan.ts';
import type { Algorithm, Digest, Hasher, ObjectInfo, Sums, Verified } from './ports.ts';

/** What fetched bytes must be, as far as the object offers anything. */
export type Expectation =
  /** A CRC over the whole object, combined from those of its parts, whatever their order. */
  | { readonly by: 'combined'; readonly algorithm: 'crc32' | 'crc32c'; readonly value: string }
  /** A sum over the whole object in order. */
  | { readonly by: 'whole'; readonly algorithm: Algorithm; readonly value: string; readonly etag: boolean }
  /** A sum over the sums of parts. The part size is known, or one of several is tried. */
  | {
      readonly by: 'parts';
      readonly algorithm: Algorithm;
      readonly value: string;
      readonly etag: boolean;
      readonly partSizes: readonly number[];
      /** The store named the part size, so a difference is proof of other bytes. */
      readonly certain: boolean;
    }
  | { readonly by: 'size' };

const MULTIPART_ETAG = /^([0-9a-f]{32})-(\d{1,5})$/i;
/** Trying a part size costs one pass over the bytes. */
const MAX_GUESSES = 8;
const COMMON_PART_SIZES = [8, 5, 16, 64, 32, 10, 50, 100, 128].map((mib) => mib * MIB);

/** Whether the store must be asked for the size of the object's first part. */
export function needsPartSize(info: ObjectInfo): boolean {
  return info.stored?.type !== 'full-object' && partCount(info) !== undefined;
}

function partCount(info: ObjectInfo): number | undefined {
  const count = info.opaqueEtag ? undefined : MULTIPART_ETAG.exec(info.etag ?? '')?.[2];
  return count === undefined ? undefined : Number(count);
}

/** What to expect, by the strongest that the object offers (contract: Integrity). */
export function expectationOf(info: ObjectInfo, firstPartSize: number | undefined): Expectation {
  const { stored, etag = '' } = info;
  const [first] = entriesOf(stored?.sums ?? {});
  if (first && stored?.type === 'full-object') {
    const [algorithm, value] = first;
    return isCombinable(algorithm)
      ? { by: 'combined', algorithm, value }
      : { by: 'whole', algorithm, value, etag: false };
  }
  if (info.opaqueEtag) return { by: 'size' };
  if (looksLikeMd5(etag)) return { by: 'whole', algorithm: 'md5', value: etag.toLowerCase(), etag: true };
  const [, value, count] = MULTIPART_ETAG.exec(etag) ?? [];
  if (value === undefined) return { by: 'size' };
  const candidates = partSizesOf(info.size, Number(count), firstPartSize);
  if (candidates.length === 0) return { by: 'size' };
  const certain = candidates.length === 1 && candidates[0] === firstPartSize;
  // One pass proves both; the checksum of checksums is cheaper than MD5.
  if (first && certain)
    return { by: 'parts', algorithm: first[0], value: first[1], etag: false, partSizes: candidates, certain };
  return {
    by: 'parts',
    algorithm: 'md5',
    value: value.toLowerCase(),
    etag: true,
    partSizes: candidates,
    certain,
  };
}

/** The part sizes that cut `size` bytes into `count` parts: the store's own word, or whole MiB, likely ones first. */
function partSizesOf(size: number, count: number, told: number | undefined): number[] {
  const fits = (partSize: number): boolean => Math.max(1, Math.ceil(size / partSize)) === count;
  if (told !== undefined && told > 0 && fits(told)) return [told];
  if (count === 1) return [Math.max(size, 1)];
  const least = Math.ceil(size / count / MIB) * MIB;
  const guesses = new Set(COMMON_PART_SIZES.filter(fits));
  for (let guess = least; guesses.size < MAX_GUESSES && fits(guess); guess += MIB) guesses.add(guess);
  return [...guesses].slice(0, MAX_GUESSES);
}

/** The sums that each fetched part must be given while it passes. */
export function partAlgorithms(expectation: Expectation): readonly Algorithm[] {
  return expectation.by === 'combined' ? [expectation.algorithm] : [];
}

/**
 * Compares the combined sum of the parts with the object's.
 * @throws TransferError `corrupt`
 */
export function verifyCombined(
  expectation: Extract<Expectation, { by: 'combined' }>,
  parts: readonly PartSum[],
  what: string,
): Verified {
  const { algorithm, value } = expectation;
  const sum = combineCrcs(algorithm, parts);
  if (sum !== value) throw corrupt(what, `${algorithm} ${sum} instead of ${value}`);
  return { by: 'checksum', algorithm, value };
}

/** A check that wants all bytes in order. */
export type InOrderCheck = {
  update(bytes: Uint8Array): void;
  /**
   * Whether the bytes agree; `undefined` when a guessed part size may just be wrong.
   * @throws TransferError `corrupt`
   */
  finish(what: string): Verified | undefined;
};

/** The check for one expectation and, for `parts`, one part size. */
export function checkInOrder(
  expectation: Extract<Expectation, { by: 'whole' | 'parts' }>,
  size: number,
  partSize: number,
  hasher: Hasher,
): InOrderCheck {
  const { algorithm, value } = expectation;
  const sums =
    expectation.by === 'whole'
      ? wholeDigest(algorithm, hasher)
      : partsDigest(algorithm, size, partSize, hasher);
  return {
    update: sums.update,
    finish(what) {
      const sum = sums.digest()[algorithm];
      if (sum === value) return { by: expectation.etag ? 'etag' : 'checksum', algorithm, value };
      if (expectation.by === 'parts' && !expectation.certain) return undefined;
      throw corrupt(what, `${algorithm} ${sum} instead of ${value}`);
    },
  };
}

function wholeDigest(algorithm: Algorithm, hasher: Hasher): Digest {
  return hasher([algorithm]);
}

/** A digest over the digests of parts of `partSize`. */
function partsDigest(algorithm: Algorithm, size: number, partSize: number, hasher: Hasher): Digest {
  const sums: { sums: Sums }[] = [];
  const lengths = cut(size, partSize).map(lengthOf);
  let digest = hasher([algorithm]);
  let left = lengths[0] ?? 0;
  const endPart = (): void => {
    sums.push({ sums: digest.digest() });
    digest = hasher([algorithm]);
    left = lengths[sums.length] ?? 0;
  };
  return {
    update(bytes) {
      for (let rest = bytes; rest.byteLength > 0; ) {
        const piece = rest.subarray(0, left);
        digest.update(piece);
        rest = rest.subarray(piece.byteLength);
        left -= piece.byteLength;
        if (left === 0) endPart();
      }
    },
    digest() {
      if (sums.length < lengths.length) endPart();
      const value = compositeSum(algorithm, sums, hasher);
      return value === undefined ? {} : { [algorithm]: value };
    },
  };
}

function corrupt(what: string, how: string): TransferError {
  return new TransferError('corrupt', `the bytes of ${what} are not the ones that were stored: ${how}`, {
    recovery: 'never',
    hint: 'Run the command again; if it repeats, the object or the way to it is damaged.',
  });
}
