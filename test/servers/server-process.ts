import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../support/listen.ts';

/** A server in a process of its own. */
export type ServerProcess = { readonly endpoint: string; stop(): Promise<void> };

const TRIES = 3;
const PATIENCE_MS = 60_000;
const GRACE_MS = 5_000;

/** What a server is started with. */
export type Start = {
  readonly args: readonly string[];
  /** Beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts a program that others wait for; it ends with the tests at the latest. */
export function startQuietly(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ServerProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(binary, args, { env: { PATH, HOME, ...env }, stdio: 'ignore' });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  // Whoever waits for it will notice.
  child.once('error', () => undefined);
  return {
    endpoint: '',
    async stop() {
      process.off('exit', end);
      await stopProcess(child);
    },
  };
}

/** Starts a program on a free port and waits until it serves. */
export async function startProcess(
  binary: string,
  startFor: (address: string) => Start,
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const { PATH = '', HOME = '' } = process.env;
    const { args, env } = startFor(`127.0.0.1:${port}`);
    const child = spawn(binary, args, {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
    if (await doesServe(child, port)) {
      return {
        endpoint: `http://127.0.0.1:${port}`,
        async stop() {
          process.off('exit', end);
          await stopProcess(child);
        },
      };
    }
    process.off('exit', end);
    await stopProcess(child);
    // Somebody else may have taken the port in between.
    if (attempt === TRIES) throw new Error(`${binary} does not start: ${said.trim()}`);
  }
}

/** A port of the loopback interface that nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits for the first answer that is more than "not yet"; `false` when the program ends before. */
async function doesServe(child: ChildProcess, port: number): Promise<boolean> {
  const over = new AbortController();
  child.once('error', () => over.abort()).once('exit', () => over.abort());
  for (const end = Date.now() + PATIENCE_MS; !over.signal.aborted && Date.now() < end; await sleep(50)) {
    if (await isReady(port)) return !over.signal.aborted;
  }
  return false;
}

/** MinIO takes connections before it serves, and says 503 meanwhile; "who are you?" is an answer. */
async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    await answer.arrayBuffer();
    return answer.status < 500;
  } catch {
    return false;
  }
}

/** Asks the process to end, makes it end after a while, and waits until it has. */
async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(force);
}
