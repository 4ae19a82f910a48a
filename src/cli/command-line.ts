import { CommanderError, type Command } from 'commander';
import { TransferError } from '../transfer/errors.ts';
import { ExitCode, safeExitCode } from './exit-codes.ts';
import { refuseSwallowedFlags } from './flag-values.ts';
import { whereElse } from './not-here.ts';
import { buildProgram, type RunCommand } from './program.ts';
import { withoutAuto } from './values.ts';

/** Parses a command line and runs what it asks for. */
export async function runCommandLine(
  argv: readonly string[],
  process: NodeJS.Process,
  version: string,
): Promise<number> {
  // Until a command has ended there is no success to report.
  let exitCode: number = ExitCode.internal;
  const execute: RunCommand = async (command, words, work) => {
    const { runCommand } = await import('./run-command.ts');
    exitCode = await runCommand(command, argv, process, (context) =>
      work(words, withoutAuto(command.opts()), context),
    );
  };
  const fail = async (error: unknown): Promise<number> =>
    await (await import('./run-command.ts')).endBadly(argv, process, error);
  const program = buildProgram(execute, version, argv[0]);
  try {
    refuseSwallowedFlags(argv, program);
    refuseUnknownTopic(argv, program);
    await program.parseAsync(argv, { from: 'user' });
    return safeExitCode(exitCode);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end by an exception too; commander has printed what there was to say.
      if (error.exitCode === 0) return ExitCode.ok;
      if (error.code === 'commander.help') return ExitCode.usage;
      return await fail(usageError(error));
    }
    return await fail(error);
  }
}

/** @throws TransferError `usage`: commander would show its whole help for a topic that it does not know */
function refuseUnknownTopic([first, topic]: readonly string[], program: Command): void {
  if (first !== 'help' || topic === undefined || topic.startsWith('-')) return;
  if (program.commands.some((command) => command.name() === topic)) return;
  throw unknownCommand(topic, undefined);
}

function unknownCommand(name: string, suggestion: string | undefined): TransferError {
  const elsewhere = whereElse(name);
  if (elsewhere) return new TransferError('usage', `there is no command "${name}": ${elsewhere}`);
  const hint = suggestion ?? 'partwise --help shows what there is.';
  return new TransferError('usage', `there is no command "${name}"`, { hint });
}

/** Commander's own words, as one sentence like all others. */
function usageError({ code, message }: CommanderError): TransferError {
  const [, unknown] =
    code === 'commander.unknownCommand' ? (/unknown command '(.*)'/.exec(message) ?? []) : [];
  if (unknown !== undefined) return unknownCommand(unknown, /\((Did you mean .*)\)/.exec(message)?.[1]);
  const [sentence = '', ...suggestion] = message.replace(/^error: /, '').split('\n');
  return new TransferError('usage', sentence, {
    hint: suggestion.join(' ').replace(/^\((.*)\)$/, '$1') || 'partwise --help shows how it is used.',
  });
}
