import type { Command } from 'commander';
import type { GlobRule } from '../local/glob.ts';

/** Which of several things are meant, by name. */
export type FilterFlags = {
  /** Both kinds in the order of the command line: the last that matches decides. */
  readonly include?: readonly GlobRule[];
};

/** Declares `--include` and `--exclude`; their order matters, so they share one list. */
export function addFilterFlags(command: Command): Command {
  const rules: GlobRule[] = [];
  const gather =
    (include: boolean) =>
    (glob: string): readonly GlobRule[] => {
      rules.push({ include, glob });
      return rules;
    };
  return command
    .option('--include <glob>', 'take these in again; the last pattern that matches decides', gather(true))
    .option(
      '--exclude <glob>',
      'leave these out: * within a segment, ** across, no / for any place',
      gather(false),
    );
}
