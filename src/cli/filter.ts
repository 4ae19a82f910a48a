import type { GlobRule } from '../local/glob.ts';
import type { FilterFlags } from './filter-flags.ts';

/** Whether a relative path is meant. */
export async function filterOf(
  flags: FilterFlags & { readonly exclude?: readonly GlobRule[] },
): Promise<(path: string) => boolean> {
  const rules = flags.include ?? flags.exclude ?? [];
  if (rules.length === 0) return () => true;
  // Most runs name no pattern, and need not wait for what reads them.
  const { globFilter } = await import('../local/glob.ts');
  return globFilter(rules);
}
