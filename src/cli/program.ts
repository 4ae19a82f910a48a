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

/** Declares a command, and what it does: loaded when it is run. Help and usage errors need none of it (measured). */
type Declare = (program: Command, execute: RunCommand) => void;

function doing<Flags extends object>(
  declare: (program: Command) => Command,
  load: (program: Command) => Promise<Work<Flags>>,
): Declare {
  return (program, execute) => {
    const command = declare(program);
    const work: Work<Flags> = async (...given) => await (await load(program))(...given);
    command.action((words: readonly string[]) => execute(command, words, work));
  };
}

/** In the order in which help shows them. */
const COMMANDS: ReadonlyMap<string, Declare> = new Map([
  ['put', doing(declarePut, async () => (await import('./work/put.ts')).put)],
  ['get', doing(declareGet, async () => (await import('./work/get.ts')).get)],
  ['ls', doing(declareLs, async () => (await import('./work/ls.ts')).ls)],
  ['abort', doing(declareAbort, async () => (await import('./work/abort.ts')).abort)],
  ['cleanup', doing(declareCleanup, async () => (await import('./work/cleanup.ts')).cleanup)],
  ['completion', doing(declareCompletion, async () => (await import('./work/completion.ts')).completion)],
]);

/** What completes has to know all of the others. */
const declareLast = doing(declareComplete, async (program) => {
  const { complete } = await import('./work/complete.ts');
  return async (words, _, context) => await complete(program, words, context);
});

/**
 * Declares the command line; parsing it runs one command through `execute`. Where its first word is a command, nothing
 * else can be meant and the others are left out: they take as long to declare as a request takes to be made.
 * @param first the first word of the command line
 */
export function buildProgram(execute: RunCommand, version: string, first = ''): Command {
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
  const only = COMMANDS.get(first);
  for (const declare of only ? [only] : [...COMMANDS.values(), declareLast]) declare(program, execute);
  return program;
}
