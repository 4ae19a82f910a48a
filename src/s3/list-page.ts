import type { PageOptions } from '../transfer/ports.ts';
import { MAX_PAGE_BYTES } from './answer.ts';
import { call, type Caller, LIST_LIMIT_MS } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { decodeKey } from './encoding.ts';
import { createListedKeys } from './raw-keys.ts';
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

/** Decodes the keys of one page after the other. */
export type KeyDecoder = (
  encodingType: string | undefined,
  keys: readonly (string | undefined)[],
  prefix: string,
) => (key: string) => string;

/** Keys come encoded only where the server says so, and where they are: once they were not, they are not. */
export function createKeyDecoder(): KeyDecoder {
  const known = createListedKeys();
  return (encodingType, keys, prefix) => {
    if (encodingType === 'url') known.under(prefix).look(keys.filter((key) => key !== undefined));
    return encodingType === 'url' && !known.areRaw ? decodeKey : (key) => key;
  };
}
