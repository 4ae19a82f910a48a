import picomatch from 'picomatch';

/** One `--include` or `--exclude`, in the order of the command line. */
export type GlobRule = { readonly include: boolean; readonly glob: string };

/**
 * Whether a path is in: everything is until a pattern says no, and the last that matches decides. Paths are relative,
 * with `/`; `*` stays within a segment, `**` does not; a pattern without `/` is about the last segment.
 */
export function globFilter(rules: readonly GlobRule[]): (path: string) => boolean {
  // Names that begin with a dot are names like all others here.
  const matchers = rules.map(({ include, glob }) => ({
    include,
    matches: picomatch(glob, { dot: true, basename: !glob.includes('/'), strictSlashes: true }),
  }));
  return (path) => matchers.reduce((isIn, { include, matches }) => (matches(path) ? include : isIn), true);
}
