import type { Command } from 'commander';
import { SHELLS } from '../completion-scripts.ts';
import { withExamples } from '../shape.ts';

/** Declares `completion`. */
export function declareCompletion(program: Command): Command {
  const command = program
    .command('completion')
    .usage('bash|zsh|fish')
    .summary('teach a shell to complete commands, flags, buckets and keys')
    .description('Prints the script that teaches a shell to complete commands, flags, buckets and keys.')
    .argument('<shell...>', SHELLS.join(', '));
  return withExamples(command, [
    ['source <(partwise completion bash)', 'bash: in ~/.bashrc'],
    ['source <(partwise completion zsh)', 'zsh: in ~/.zshrc, after compinit'],
    ['partwise completion fish | source', 'fish: in ~/.config/fish/config.fish'],
  ]);
}

/** Declares what the scripts ask: no command for people. */
export function declareComplete(program: Command): Command {
  return program.command('__complete', { hidden: true }).argument('[words...]').allowUnknownOption();
}
