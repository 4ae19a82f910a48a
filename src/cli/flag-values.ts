import type { Command } from 'commander';
import { TransferError } from '../transfer/errors.ts';

/**
 * Refuses `--flag -x`: where a shell variable was not set, a flag must not take the next flag for its value.
 * `--flag=-x` says that it is meant, and `-` alone is stdin or stdout.
 * @throws TransferError `usage`
 */
export function refuseSwallowedFlags(argv: readonly string[], program: Command): void {
  const commands = [program, ...program.commands];
  const takesValue = new Set(
    commands.flatMap((command) =>
      command.options.filter((option) => option.required).flatMap(({ short, long }) => [short, long]),
    ),
  );
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  words.forEach((word, index) => {
    const next = words[index + 1];
    if (!takesValue.has(word) || next === undefined) return;
    if (next === '')
      throw new TransferError('usage', `the value of ${word} is empty; is a variable not set?`);
    if (next.startsWith('-') && next !== '-') {
      throw new TransferError('usage', `${word} needs a value, but "${next}" follows`, {
        hint: `If it is meant, write ${word}=${next}`,
      });
    }
  });
}
