import { Writable } from 'node:stream';
import { openConsole } from '../../../src/cli/console.ts';
import type { Context } from '../../../src/cli/context.ts';
import type { GlobalFlags } from '../../../src/cli/flags.ts';
import type { Engine } from '../../../src/transfer/engine.ts';

/** What a command runs in, and what it wrote. */
export type MemoryContext = { readonly context: Context; out(): string; err(): string };

/** A context around an engine in memory, for commands that are run within the test's own process. */
export async function memoryContext(
  engine: Engine,
  options: { readonly flags?: GlobalFlags; readonly state?: string; readonly isTerminal?: boolean } = {},
): Promise<MemoryContext> {
  const { flags = {}, state = '', isTerminal = false } = options;
  const [out, err]: [string[], string[]] = [[], []];
  const console = await openConsole({
    flags,
    stdout: gather(out),
    stderr: gather(err),
    env: {},
    onReaderGone: () => undefined,
  });
  const context = {
    console,
    flags,
    signal: new AbortController().signal,
    defaultBucket: undefined,
    stateDirectory: () => state,
    connect: (): Promise<Engine> => Promise.resolve(engine),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- commands ask only this of it
    process: { stdout: { isTTY: isTerminal } } as NodeJS.Process,
  } satisfies Partial<Context>;
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest of a context is for other commands
    context: context as unknown as Context,
    out: () => out.join(''),
    err: () => err.join(''),
  };
}

function gather(pieces: string[]): Writable {
  return new Writable({
    write: (chunk, _, done) => {
      pieces.push(String(chunk));
      done();
    },
  });
}
