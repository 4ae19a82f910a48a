import { createMatcher } from './glob-matcher.ts';
import { compileGlob } from './glob-steps.ts';

/** One `--include` or `--exclude`, in the order of the command line. */
export type GlobRule = { readonly include: boolean; readonly glob: string };

/**
 * Whether a path is in: everything is until a pattern says no, and the last that matches decides. Paths are relative,
 * with `/`; `*` stays within a segment, `**` does not; a pattern without `/` is about the last segment.
 * @throws TransferError `usage` for a pattern that cannot be used
 */
export function globFilter(rules: readonly GlobRule[]): (path: string) => boolean {
  const matchers = rules.map(({ include, glob }) => ({ include, matches: matcherOf(glob) }));
  return (path) => matchers.reduce((isIn, { include, matches }) => (matches(path) ? include : isIn), true);
}

function matcherOf(glob: string): (path: string) => boolean {
  const matches = createMatcher(compileGlob(glob.startsWith('./') ? glob.slice('./'.length) : glob));
  return glob.includes('/') ? matches : (path) => matches(lastSegment(path));
}

/** The marker of a directory, `a/b/`, is about `b`. */
function lastSegment(path: string): string {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}
