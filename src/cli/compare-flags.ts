import { type Command, Option } from 'commander';

/** What put and get understand of things that need not be moved again. */
export type CompareFlags = {
  readonly update?: boolean;
  readonly compare?: 'content';
};

/** Declares when something is left as it is. */
export function addCompareFlags(command: Command): Command {
  return command
    .option('-u, --update', 'skip what has the same size there and is not older, or carries the same time')
    .addOption(new Option('--compare <how>', 'skip what is the same by its checksum').choices(['content']));
}
