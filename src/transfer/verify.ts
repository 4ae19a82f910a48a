import { type CombinableAlgorithm, isCombinable } from './combine.ts';
import { compositeSum, entriesOf, looksLikeMd5 } from './checksum.ts';
import { TransferError } from './errors.ts';
import { MAX_PARTS, MIB } from './plan.ts';
import type { Algorithm, Digest, Hasher, ObjectInfo, Sums, Verified } from './ports.ts';

/** What fetched bytes must be, as far as the object offers anything. */
export type Expectation =
  /** A CRC over the whole object, combined from those of its parts, whatever their order. */
  | { readonly by: 'combined'; readonly algorithm: CombinableAlgorithm; readonly value: string }
  /** A sum over the whole object in order. */
  | { readonly by: 'whole'; readonly algorithm: Algorithm; readonly value: string; readonly etag: boolean }
  /** A sum over the sums of parts. The part size is known, or one of several is tried. */
  | {
      readonly by: 'parts';
      readonly algorithm: Algorithm;
      readonly value: string;
      readonly etag: boolean;
      /** How many parts the object was made of. */
      readonly count: number;
      readonly partSizes: readonly number[];
      /** The size of the first part is known, not guessed. */
      readonly isCertain: boolean;
    }
  | { readonly by: 'size' };

const MULTIPART_ETAG = /^([0-9a-f]{32})-(\d{1,5})$/i;
/** Trying a part size costs one pass over the bytes. */
const MAX_GUESSES = 8;
const COMMON_PART_SIZES = [8, 5, 16, 64, 32, 10, 50, 100, 128].map((mib) => mib * MIB);

/** Whether the store must be asked for the size of the object's first part. */
export function needsPartSize(info: ObjectInfo): boolean {
  return info.stored?.type !== 'full-object' && !wholeMd5(info) && partCount(info) !== undefined;
}

/** In how many parts the object was stored: its ETag tells, also one that is no MD5, or its composite checksum. */
function partCount({ etag = '', stored }: ObjectInfo): number | undefined {
  const count = MULTIPART_ETAG.exec(etag)?.[2];
  return count === undefined ? stored?.parts : Number(count);
}

function wholeMd5({ etag, opaqueEtag }: ObjectInfo): string | undefined {
  return looksLikeMd5(etag) && !opaqueEtag ? etag.toLowerCase() : undefined;
}

/** What to expect, by the strongest that the object offers (contract: Integrity). */
export function expectationOf(info: ObjectInfo, firstPartSize: number | undefined): Expectation {
  const [first] = entriesOf(info.stored?.sums ?? {});
  if (first && info.stored?.type === 'full-object') {
    const [algorithm, value] = first;
    return isCombinable(algorithm)
      ? { by: 'combined', algorithm, value }
      : { by: 'whole', algorithm, value, etag: false };
  }
  const md5 = wholeMd5(info);
  if (md5 !== undefined) return { by: 'whole', algorithm: 'md5', value: md5, etag: true };
  const byParts = partsExpectation(info, firstPartSize);
  if (byParts?.by === 'parts' && byParts.isCertain) return byParts;
  // A note of the whole is better than guessing at parts.
  if (info.notedMd5 !== undefined)
    return { by: 'whole', algorithm: 'md5', value: info.notedMd5, etag: false };
  return byParts ?? { by: 'size' };
}

function partsExpectation(info: ObjectInfo, told: number | undefined): Expectation | undefined {
  const count = partCount(info);
  if (count === undefined || count > MAX_PARTS) return undefined;
  const partSizes = partSizesOf(info.size, count, told);
  // The first part is not as long as equal ones would be: the lengths of all must be asked for.
  const isUneven = told !== undefined && told > 0 && partSizes[0] !== told && count > 1;
  if (partSizes.length === 0 && !isUneven) return undefined;
  const isCertain = isUneven || count === 1 || partSizes[0] === told;
  const parts = { by: 'parts', count, partSizes: isUneven ? [] : partSizes, isCertain } as const;
  // One pass proves both; the checksum of checksums is cheaper than MD5.
  const [first] = entriesOf(info.stored?.sums ?? {});
  if (first) return { ...parts, algorithm: first[0], value: first[1], etag: false };
  const value = MULTIPART_ETAG.exec(info.etag ?? '')?.[1];
  if (value === undefined || info.opaqueEtag) return undefined;
  return { ...parts, algorithm: 'md5', value: value.toLowerCase(), etag: true };
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
 * Compares the sum that was combined from those of the parts with the object's.
 * @throws TransferError `corrupt`
 */
export function verifyCombined(
  { algorithm, value }: Extract<Expectation, { by: 'combined' }>,
  sum: string | undefined,
  what: string,
): Verified {
  if (sum !== value) throw corrupt(what, `${algorithm} ${sum} instead of ${value}`);
  return { by: 'checksum', algorithm, value };
}

/** A check that wants all bytes in order. */
export type InOrderCheck = {
  update(bytes: Uint8Array): void;
  /** By what the bytes are proven; `undefined` when they do not agree. */
  finish(): Verified | undefined;
};

/** The check for one expectation and, for `parts`, the lengths of the parts it was made of. */
export function checkInOrder(
  { by, algorithm, value, etag }: Extract<Expectation, { by: 'whole' | 'parts' }>,
  lengths: readonly number[],
  hasher: Hasher,
): InOrderCheck {
  const sums = by === 'whole' ? hasher([algorithm]) : partsDigest(algorithm, lengths, hasher);
  return {
    update: sums.update,
    finish: () =>
      sums.digest()[algorithm] === value ? { by: etag ? 'etag' : 'checksum', algorithm, value } : undefined,
  };
}

/** A digest over the digests of parts of these lengths. */
function partsDigest(algorithm: Algorithm, lengths: readonly number[], hasher: Hasher): Digest {
  const sums: { sums: Sums }[] = [];
  let digest = hasher([algorithm]);
  let left = lengths[0] ?? 0;
  const endPart = (): void => {
    sums.push({ sums: digest.digest() });
    digest = hasher([algorithm]);
    left = lengths[sums.length] ?? Number.POSITIVE_INFINITY;
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

/** The bytes are not the object's. */
export function notTheObject(
  what: string,
  { algorithm, value }: { algorithm: string; value: string },
): TransferError {
  return corrupt(what, `their ${algorithm} is not ${value}`);
}

function corrupt(what: string, how: string): TransferError {
  return new TransferError('corrupt', `the bytes of ${what} are not the ones that were stored: ${how}`, {
    recovery: 'never',
    hint: 'Run the command again; if it repeats, the object or the way to it is damaged.',
  });
}
