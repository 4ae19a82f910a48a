import type { Command } from 'commander';
import type { Totals } from './console.ts';

/** How a command ended. */
export type CommandEnd = {
  readonly exitCode: number;
  /** The failure that speaks for the command, for its summary line. */
  readonly error?: unknown;
  readonly totals: Totals;
};

const EXIT_CODES = `
Exit codes:
  0 done and verified   1 refused by the server   2 usage   3 some items failed   4 not found
  5 credentials   6 network (worth running again)   7 bytes differ or changed   8 local disk
  9 precondition   10 cleanup --check found stale uploads   70 internal   129, 130, 143 signals`;

/** Adds examples and exit codes below a command's help. */
export function withExamples(command: Command, examples: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}\n${EXIT_CODES}`);
}
