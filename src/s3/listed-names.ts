import { comesBehind, compareKeys } from '../transfer/compare-keys.ts';

/** Anything of a listing that stands at a place in its order. */
export type Named = { readonly key: string } | { readonly prefix: string };

/** The key of an entry, or its common prefix. */
export function nameOf(entry: Named): string {
  return 'key' in entry ? entry.key : entry.prefix;
}

/** Entries and the common prefixes of their page, merged into one order. */
export function withPrefixes<Entry extends { readonly key: string }>(
  entries: readonly Entry[],
  prefixes: readonly string[],
): readonly (Entry | { readonly type: 'prefix'; readonly prefix: string })[] {
  if (prefixes.length === 0) return entries;
  const named = prefixes.map((prefix) => ({ type: 'prefix' as const, prefix }));
  return [...entries, ...named].toSorted((a, b) => compareKeys(nameOf(a), nameOf(b)));
}

/** Tells whether an entry lies behind a key: a common prefix stands for keys of which some may. */
export function liesBehind(after: string): (entry: Named) => boolean {
  const comes = comesBehind(after);
  return (entry) => {
    const name = nameOf(entry);
    return comes(name) || ('prefix' in entry && name !== after && after.startsWith(name));
  };
}
