import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

/** How to start a program. Nothing of the tests' own environment reaches it. */
export type ProgramOptions = {
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** What it reads from stdin. @default nothing: stdin is the null device */
  readonly input?: string | Buffer | undefined;
};

/** What a program said, and how it ended. */
export type Ended = {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Stdout as it came, for objects. */
  readonly bytes: Buffer;
};

/** A program that runs. */
export type Program = {
  readonly pid: number;
  /** Resolves when it has ended and all it said is read. */
  readonly ended: Promise<Ended>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when stderr holds the pattern; rejects when the program ends without it. */
  said(pattern: RegExp): Promise<void>;
};

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program and collects what it says. It ends with the tests at the latest. */
export function startProgram(command: string, args: readonly string[], options: ProgramOptions): Program {
  const stdio: StdioOptions = [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd: options.cwd, env: { ...options.env }, stdio });
  running.add(child);
  const heard = new EventEmitter();
  const stdout: Buffer[] = [];
  let stderr = '';
  let isOver = false;
  child.stdout?.on('data', (bytes: Buffer) => void stdout.push(bytes));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard.emit('more');
  });
  // A program that ends before it has read everything is no failure of the test.
  child.stdin?.on('error', () => undefined).end(options.input);

  const end = async (): Promise<Ended> => {
    try {
      await once(child, 'close');
    } finally {
      running.delete(child);
      isOver = true;
      heard.emit('more');
    }
    const bytes = Buffer.concat(stdout);
    return { code: child.exitCode, signal: child.signalCode, stdout: bytes.toString(), stderr, bytes };
  };
  const ended = end();
  return {
    pid: child.pid ?? -1,
    ended,
    signal: (name) => void child.kill(name),
    async said(pattern) {
      while (!pattern.test(stderr)) {
        if (isOver) throw new Error(`it ended without saying ${String(pattern)}:\n${stderr}`);
        await once(heard, 'more');
      }
    },
  };
}

/** Runs a program to its end. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<Ended> {
  return await startProgram(command, args, options).ended;
}
