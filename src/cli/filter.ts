import { globFilter, type GlobRule } from '../local/glob.ts';
import type { FilterFlags } from './filter-flags.ts';

/** Whether a relative path is meant. */
export function filterOf(
  flags: FilterFlags & { readonly exclude?: readonly GlobRule[] },
): (path: string) => boolean {
  return globFilter(flags.include ?? flags.exclude ?? []);
}
