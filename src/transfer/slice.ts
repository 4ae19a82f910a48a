import { TransferError } from './errors.ts';
import type { Range } from './ports.ts';

/** Which bytes of an object are wanted, before its size is known: from an offset, perhaps up to one, or the last. */
export type RangeWish =
  | { readonly start: number; readonly end?: number | undefined }
  | { readonly last: number };

/**
 * The bytes that a wish means in an object of `size` bytes; what goes beyond its end is cut.
 * @throws TransferError `usage` when there are none
 */
export function sliceOf(wish: RangeWish, size: number): Range {
  const range =
    'last' in wish
      ? { start: Math.max(0, size - wish.last), end: size }
      : { start: wish.start, end: Math.min(wish.end ?? size, size) };
  if (range.start < range.end) return range;
  throw new TransferError('usage', `the object has ${size} bytes: the range holds none of them`);
}
