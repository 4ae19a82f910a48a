import type { Command } from 'commander';
import { openConsole } from './console.ts';
import { createContext } from './context.ts';
import { applyEnvironment } from './environment.ts';
import { exitCodeOf, ExitCode } from './exit-codes.ts';
import type { GlobalFlags } from './flags.ts';
import { listenForSignals } from './interrupt.ts';
import type { CommandEnd } from './shape.ts';

/** A command line that never became a command: the sentence, and for programs the summary. */
export async function endBadly(
  argv: readonly string[],
  process: NodeJS.Process,
  error: unknown,
): Promise<number> {
  const console = await openConsole({
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

/** Node prints its own warnings as text; where every line of stderr is JSON, they are said like all others. */
function sayWarnings(process: NodeJS.Process, console: { warn(sentence: string): void }): void {
  // Node's own listener is what prints.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => console.warn(`${name}: ${message}`));
}

/** What these print is run, or offered, by a shell: a summary for programs would be run along. */
const FOR_SHELLS: ReadonlySet<string> = new Set(['completion', '__complete']);
const PLAIN: GlobalFlags = { json: false, progress: 'none' };

/** Runs the work of a command, and answers with its exit code. */
export async function runCommand(
  command: Command,
  argv: readonly string[],
  process: NodeJS.Process,
  work: (context: ReturnType<typeof createContext>) => Promise<CommandEnd>,
): Promise<number> {
  applyEnvironment(command, process.env);
  const flags = { ...command.optsWithGlobals<GlobalFlags>(), ...(FOR_SHELLS.has(command.name()) && PLAIN) };
  const console = await openConsole({
    flags,
    ...streamsOf(process),
    onReaderGone: (error) => interrupt.stop(error),
  });
  if (flags.progress === 'json') sayWarnings(process, console);
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
