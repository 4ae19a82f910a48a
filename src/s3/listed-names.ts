import type { CommonPrefix } from '@aws-sdk/client-s3';

/** Anything of a listing that stands at a place in its order. */
type Named = { readonly key: string } | { readonly prefix: string };

/** The key of an entry, or its common prefix. */
export function nameOf(entry: Named): string {
  return 'key' in entry ? entry.key : entry.prefix;
}

/** By UTF-8 bytes, as S3 orders keys; JavaScript compares by UTF-16. */
export function compareNames(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Entries and the common prefixes of their page, merged into one order. */
export function withPrefixes<Entry extends { readonly key: string }>(
  entries: readonly Entry[],
  commonPrefixes: readonly CommonPrefix[] | undefined,
  decode: (key: string) => string,
): (Entry | { readonly type: 'prefix'; readonly prefix: string })[] {
  const prefixes = (commonPrefixes ?? []).map(({ Prefix = '' }) => ({
    type: 'prefix' as const,
    prefix: decode(Prefix),
  }));
  if (prefixes.length === 0) return [...entries];
  return [...entries, ...prefixes].toSorted((a, b) => compareNames(nameOf(a), nameOf(b)));
}

/** Whether an entry lies behind a key: a common prefix stands for keys of which some may. */
export function isBehind(entry: Named, after: string): boolean {
  const name = nameOf(entry);
  return compareNames(name, after) > 0 || ('prefix' in entry && name !== after && after.startsWith(name));
}
