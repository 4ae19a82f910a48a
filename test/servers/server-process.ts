import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server in a process of its own. */
export type ServerProcess = { readonly endpoint: string; stop(): Promise<void> };

const TRIES = 3;
const PATIENCE_MS = 60_000;
const GRACE_MS = 5_000;

/** Starts a program on a free port and waits until it takes connections. */
export async function startProcess(
  binary: string,
  argumentsFor: (address: string) => readonly string[],
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(binary, argumentsFor(`127.0.0.1:${port}`), {
      env: { PATH, HOME },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
    if (await isListening(child, port)) {
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

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Waits for the first connection that is taken; `false` when the program ends before. */
async function isListening(child: ChildProcess, port: number): Promise<boolean> {
  const over = new AbortController();
  child.once('error', () => over.abort()).once('exit', () => over.abort());
  for (const end = Date.now() + PATIENCE_MS; !over.signal.aborted && Date.now() < end; await sleep(50)) {
    if (await canConnect(port)) return !over.signal.aborted;
  }
  return false;
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
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
