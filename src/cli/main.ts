import { setMaxListeners } from 'node:events';
import { createRequire } from 'node:module';
import { CommanderError, type Command } from 'commander';
import { TransferError } from '../transfer/errors.ts';
import { openConsole } from './console.ts';
import { createContext } from './context.ts';
import { applyEnvironment } from './environment.ts';
import { exitCodeOf, ExitCode } from './exit-codes.ts';
import { refuseSwallowedFlags } from './flag-values.ts';
import type { GlobalFlags } from './flags.ts';
import { listenForSignals } from './interrupt.ts';
import { whereElse } from './not-here.ts';
import { buildProgram, type RunCommand } from './program.ts';
import type { CommandEnd } from './shape.ts';
import { withoutAuto } from './values.ts';

/**
 * Runs one command line and resolves with its exit code, once everything is written and let go. The only place
 * that knows exit codes and the process.
 */
export async function run(argv: readonly string[], process: NodeJS.Process): Promise<number> {
  let exitCode: number = ExitCode.ok;
  // As many lanes as the user likes listen to one signal; Node takes more than ten listeners for a leak.
  setMaxListeners(0);
  // A reader that goes away must not become a stack trace, not even while help is printed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const execute: RunCommand = async (command, words, work) => {
    exitCode = await runCommand(command, argv, process, (context) =>
      work(words, withoutAuto(command.opts()), context),
    );
  };
  const program = buildProgram(execute, versionOf(argv));
  try {
    refuseSwallowedFlags(argv, program);
    refuseUnknownTopic(argv, program);
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end by an exception too; commander has printed what there was to say.
      if (error.exitCode === 0) return ExitCode.ok;
      if (error.code === 'commander.help') return ExitCode.usage;
      return await endBadly(argv, process, usageError(error));
    }
    return await endBadly(argv, process, error);
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

/** A command line that never became a command: the sentence, and for programs the summary. */
async function endBadly(argv: readonly string[], process: NodeJS.Process, error: unknown): Promise<number> {
  const console = openConsole({
    flags: outputFlags(argv, process.env),
    ...streamsOf(process),
    onReaderGone: () => undefined,
  });
  console.error(error);
  const exitCode = exitCodeOf(error);
  await console.finish(exitCode, error, {});
  return exitCode;
}

/** What of a command line that makes no sense still says how it wants to be answered. */
function outputFlags(argv: readonly string[], env: NodeJS.ProcessEnv): GlobalFlags {
  const wantsJson = argv.includes('--progress=json') || argv[argv.indexOf('--progress') + 1] === 'json';
  const wantsResults = argv.includes('--json') || /^(?:1|true|yes)$/i.test(env['PARTWISE_JSON'] ?? '');
  return { json: wantsResults, ...(wantsJson && { progress: 'json' as const }) };
}

function streamsOf({
  stdout,
  stderr,
  env,
}: NodeJS.Process): Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'> {
  return { stdout, stderr, env };
}

/** What these print is run, or offered, by a shell: a summary for programs would be run along. */
const FOR_SHELLS: ReadonlySet<string> = new Set(['completion', '__complete']);
const PLAIN: GlobalFlags = { json: false, progress: 'none' };

async function runCommand(
  command: Command,
  argv: readonly string[],
  process: NodeJS.Process,
  work: (context: ReturnType<typeof createContext>) => Promise<CommandEnd>,
): Promise<number> {
  applyEnvironment(command, process.env);
  const flags = { ...command.optsWithGlobals<GlobalFlags>(), ...(FOR_SHELLS.has(command.name()) && PLAIN) };
  const console = openConsole({
    flags,
    ...streamsOf(process),
    onReaderGone: (error) => interrupt.stop(error),
  });
  const interrupt = listenForSignals(process, console);
  const context = createContext({ flags, console, interrupt, process, argv });
  let end: CommandEnd;
  try {
    end = await work(context);
  } catch (error) {
    console.error(error);
    end = { exitCode: exitCodeOf(error), error, totals: {} };
  } finally {
    context.close();
    interrupt.release();
  }
  const exitCode = interrupt.exitCode() ?? end.exitCode;
  await console.finish(exitCode, end.error, end.totals);
  const lost = console.lost();
  if (!lost || exitCode !== ExitCode.ok) return exitCode;
  // Done, but nobody can know: what was to be told could not be written.
  console.error(lost);
  return ExitCode.local;
}

/** The version line; with -v also what it runs on, for bug reports. */
function versionOf(argv: readonly string[]): string {
  const require = createRequire(import.meta.url);
  const { version }: { version: string } = require('../../package.json');
  if (!argv.includes('-v') && !argv.includes('--verbose')) return version;
  const sdk: { version: string } = require('@aws-sdk/client-s3/package.json');
  return `${version} (Node ${process.version}, AWS SDK ${sdk.version}, ${process.platform} ${process.arch})`;
}
