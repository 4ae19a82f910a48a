import { TransferError } from './errors.ts';

export const MIB = 1024 ** 2;
/** Limits of S3 multipart uploads: docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. */
export const MIN_PART_SIZE = 5 * MIB;
export const MAX_PART_SIZE = 5 * 1024 * MIB;
export const MAX_PARTS = 10_000;
export const DEFAULT_PART_SIZE = 8 * MIB;

/** A half-open byte interval `[start, end)` of one object, moved as one request. Numbers begin at 1. */
export type Part = { readonly number: number; readonly start: number; readonly end: number };

/** The parts of one transfer: they tile `[0, size)`, all but the last equal. */
export type Plan = {
  readonly size: number;
  readonly partSize: number;
  readonly parts: readonly Part[];
};

export type PlanOptions = {
  /** In bytes. @default 8 MiB, grown by whole MiB until the parts fit `maxParts` */
  readonly partSize?: number | undefined;
  /** What the server allows. @default 10,000 */
  readonly maxParts?: number | undefined;
  /** The smallest part the server takes, in bytes; the last one may be smaller. @default 5 MiB */
  readonly minPartSize?: number | undefined;
};

/**
 * Cuts `size` bytes into parts. A given part size is kept where it fits and grown by whole MiB where the
 * limit of parts demands it.
 * @throws TransferError `usage` for sizes the S3 limits cannot hold
 */
export function planParts(size: number, options: PlanOptions = {}): Plan {
  const { maxParts = MAX_PARTS, minPartSize = MIN_PART_SIZE } = options;
  const wanted = options.partSize ?? DEFAULT_PART_SIZE;
  if (wanted < minPartSize || wanted > MAX_PART_SIZE) {
    throw new TransferError(
      'usage',
      `a part of ${inMib(wanted)} is outside the ${inMib(minPartSize)} to ${inMib(MAX_PART_SIZE)} that S3 allows`,
    );
  }
  const needed = Math.ceil(size / maxParts);
  const partSize = needed <= wanted ? wanted : Math.ceil(needed / MIB) * MIB;
  if (partSize > MAX_PART_SIZE) {
    throw new TransferError(
      'usage',
      `${inMib(size)} do not fit ${maxParts} parts of at most ${inMib(MAX_PART_SIZE)}`,
    );
  }
  return { size, partSize, parts: cut(size, partSize) };
}

/**
 * The plan of an upload that was begun before, by the size of its parts; `undefined` when no plan has such parts: what a
 * server lists, or a journal remembers, need not make sense.
 */
export function planOfParts(
  size: number,
  partSize: number,
  { maxParts, minPartSize = MIN_PART_SIZE }: Pick<PlanOptions, 'maxParts' | 'minPartSize'>,
): Plan | undefined {
  const isPossible = Number.isSafeInteger(partSize) && partSize >= 1 && partSize <= MAX_PART_SIZE;
  // The last part may be smaller, and be the only one.
  if (!isPossible || (partSize < minPartSize && partSize < size)) return undefined;
  const plan = planParts(size, { partSize, maxParts, minPartSize: 1 });
  return plan.partSize === partSize ? plan : undefined;
}

/** Tiles `[0, size)` with parts of `partSize`; an empty object is one empty part. */
export function cut(size: number, partSize: number): Part[] {
  const parts: Part[] = [];
  const count = Math.max(1, Math.ceil(size / partSize));
  for (let start = 0; parts.length < count; start += partSize) {
    parts.push({ number: parts.length + 1, start, end: Math.min(start + partSize, size) });
  }
  return parts;
}

/**
 * The ranges that a get asks for: they tile `[0, size)` like the parts of a plan, but are worked out one by one, so that
 * a size that a server merely claims allocates nothing.
 */
export type Ranges = {
  readonly size: number;
  readonly partSize: number;
  readonly count: number;
  /** `undefined` for a number that is not one of 1 to `count`. */
  part(number: number): Part | undefined;
  all(): Iterable<Part>;
};

/** Cuts `size` bytes into ranges of `partSize`, of any number; an empty object is one empty range. */
export function rangesOf(size: number, partSize: number): Ranges {
  const count = Math.max(1, Math.ceil(size / partSize));
  const at = (number: number): Part => ({
    number,
    start: (number - 1) * partSize,
    end: Math.min(number * partSize, size),
  });
  return {
    size,
    partSize,
    count,
    part: (number) => (Number.isInteger(number) && number >= 1 && number <= count ? at(number) : undefined),
    *all() {
      for (let number = 1; number <= count; number++) yield at(number);
    },
  };
}

/** `partSize`, grown by whole MiB until `size` bytes are at most `MAX_PARTS` ranges: each has its line in the journal. */
export function fewRanges(size: number, partSize: number): Ranges {
  const needed = Math.ceil(size / MAX_PARTS);
  return rangesOf(size, needed <= partSize ? partSize : Math.ceil(needed / MIB) * MIB);
}

/** A size for a message: in MiB where that is exact, else in bytes. */
export function inMib(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

/** How many bytes a part has. */
export function lengthOf(part: Part): number {
  return part.end - part.start;
}

/** How many bytes each part of `size` bytes has. */
export function lengthsOf(size: number, partSize: number): number[] {
  return cut(size, partSize).map(lengthOf);
}
