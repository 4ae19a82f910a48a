import type { PageOptions } from '../transfer/ports.ts';
import { MAX_PAGE_BYTES } from './answer.ts';
import { call, type Caller, LIST_LIMIT_MS } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { decodeKey } from './encoding.ts';
import { parseServerDate } from './server-date.ts';

/** One page, through the caller's `repeat`. */
export function page<Output extends object, Result>(
  caller: Caller,
  make: () => object,
  what: string,
  root: string,
  options: PageOptions,
  resultOf: (output: Output, listedAt: Date | undefined, server: string) => Result,
): Promise<Result> {
  const { signal } = options;
  return options.repeat(() =>
    call(
      caller,
      make,
      { signal, what, roots: [root], limitMs: LIST_LIMIT_MS, maxBytes: MAX_PAGE_BYTES },
      (output: Output, { headers }) => resultOf(output, dateOf(headers['date']), headers['server'] ?? ''),
    ),
  );
}

/** For pages that are read as they come. */
export function itself<Output>(output: Output): Output {
  return output;
}

function dateOf(text: string | undefined): Date | undefined {
  const time = parseServerDate(text ?? '');
  return time === undefined ? undefined : new Date(time);
}

/** Ends a listing whose next page would begin where this one did. */
export function mustAdvance(what: string, before: string, after: string | undefined): string {
  if (after !== undefined && after !== '' && after !== before) return after;
  throw notLikeS3(what, 'its listing does not advance', 'never');
}

/** Keys come encoded only where the server says so. */
export function decoderOf(encodingType: string | undefined): (key: string) => string {
  return encodingType === 'url' ? decodeKey : (key) => key;
}
