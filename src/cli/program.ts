import { Command } from 'commander';
import { declareAbort } from './commands/abort.ts';
import { declareCleanup } from './commands/cleanup.ts';
import { declareComplete, declareCompletion } from './commands/completion.ts';
import { declareGet } from './commands/get.ts';
import { declareLs } from './commands/ls.ts';
import { declarePut } from './commands/put.ts';
import { addGlobalFlags } from './flags.ts';
import type { Context } from './context.ts';
import type { CommandEnd } from './shape.ts';

type Work<Flags> = (words: readonly string[], flags: Flags, context: Context) => Promise<CommandEnd>;

/** Runs a command's work with its words and flags. */
export type RunCommand = <Flags extends object>(
  command: Command,
  words: readonly string[],
  work: Work<Flags>,
) => Promise<void>;

/** Declares the whole command line; parsing it runs one command through `execute`. */
export function buildProgram(execute: RunCommand, version: string): Command {
  const program = new Command('partwise')
    .description(
      'Moves files to and from any S3-compatible storage part by part: in parallel, each part with its own retries and its own progress bar, verified end to end.',
    )
    .version(version, '-V, --version', 'print the version; with -v also Node, SDK and platform')
    .helpCommand('help [topic]', 'show how a command is used')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    // Errors are said once, by the console, like all others.
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  addGlobalFlags(program);
  const add = <Flags extends object>(command: Command, work: Work<Flags>): void => {
    command.action((words: readonly string[]) => execute(command, words, work));
  };
  // What a command does is loaded when it is run: help and usage errors take half the time without (measured).
  add(declarePut(program), async (...given) => (await import('./work.ts')).put(...given));
  add(declareGet(program), async (...given) => (await import('./work.ts')).get(...given));
  add(declareLs(program), async (...given) => (await import('./work.ts')).ls(...given));
  add(declareAbort(program), async (...given) => (await import('./work.ts')).abort(...given));
  add(declareCleanup(program), async (...given) => (await import('./work.ts')).cleanup(...given));
  add(declareCompletion(program), async (...given) => (await import('./work.ts')).completion(...given));
  add(declareComplete(program), async (words, _, context) =>
    (await import('./work.ts')).complete(program, words, context),
  );
  return program;
}
