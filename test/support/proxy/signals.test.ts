import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Action, Proxy } from './proxy.ts';
import { ask, openProxy, startTarget, type Target } from './test-proxy.ts';

const PATIENTLY = { timeout: 30_000, interval: 5 };
const SIZE = 1_000_000;

// Asks when told to, and says what it got.
const CLIENT = `
  const { request } = require('node:http');
  process.stdin.once('data', (address) => {
    const put = request(String(address), { method: 'PUT' }, (answer) => {
      process.stdout.write('head ');
      answer.resume().on('end', () => process.stdout.write('all '));
    });
    put.on('error', () => process.stdout.write('error '));
    put.end(Buffer.alloc(${SIZE}));
  });
  setInterval(() => {}, 1000);
`;

type SignalAction = Extract<Action, { readonly action: 'signal' }>;
type Played = {
  readonly target: Target;
  readonly proxy: Proxy;
  readonly said: string;
  readonly ended: unknown;
};

/** Lets a process make a request, on which a signal ends it. */
async function play(changes: Partial<SignalAction>): Promise<Played> {
  const child = spawn(process.execPath, ['-e', CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  let said = '';
  child.stdout.on('data', (text) => {
    said += String(text);
  });
  const action = { action: 'signal', at: 'answer-sent', signal: 'SIGKILL', ...changes } as const;
  const withPid = action.pidFile === undefined ? { ...action, pid: child.pid } : action;
  const target = await startTarget();
  const proxy = await openProxy(target, [{ match: { key: 'k' }, do: withPid }]);
  child.stdin.write(`${proxy.endpoint}/b/k`);
  if (action.pidFile !== undefined) {
    await vi.waitUntil(() => target.received[0]?.isComplete, PATIENTLY);
    expect(child.signalCode).toBeNull();
    await writeFile(`${action.pidFile}.new`, `${child.pid}\n`);
    await rename(`${action.pidFile}.new`, action.pidFile);
  }
  const [, ended] = await exited;
  await vi.waitUntil(() => proxy.requests[0]?.outcome !== 'open', PATIENTLY);
  return { target, proxy, said, ended };
}

describe('a signal', () => {
  it('before anything is forwarded', async () => {
    const { target, proxy, ended } = await play({ at: 'request-headers', hold: true });
    expect(ended).toBe('SIGKILL');
    expect(proxy.requests[0]).toMatchObject({ did: ['SIGKILL at request-headers'], outcome: 'client-gone' });
    await ask(proxy.endpoint, 'GET /b/other');
    expect(target.received.map(({ url }) => url)).toEqual(['/b/other']);
  });

  it('within the body: the server has so many bytes of it, and gets no more', async () => {
    const { target, proxy, said } = await play({ at: 'request-body-bytes:300000', hold: true });
    expect(said).toBe('');
    await proxy.close();
    expect(target.received[0]?.size ?? 0).toBeLessThanOrEqual(300_000);
    expect(target.received[0]?.isComplete).not.toBe(true);
    expect(proxy.requests[0]?.did).toEqual(['SIGKILL at request-body-bytes:300000']);
  });

  it('after the request: the server acts', async () => {
    // Time enough for the answer to overtake the signal, if nothing held it.
    const { target, said } = await play({ at: 'request-complete', afterMs: 300, hold: true });
    await vi.waitUntil(() => target.received[0]?.isComplete, PATIENTLY);
    expect([target.received[0]?.size, said]).toEqual([SIZE, '']);
  });

  it('after the answer of the server, before it is passed on', async () => {
    const { target, proxy, said } = await play({ at: 'answer-received', hold: true });
    expect([target.received[0]?.isComplete, said]).toEqual([true, '']);
    expect(proxy.requests[0]).toMatchObject({ status: 0, outcome: 'client-gone' });
  });

  it('after the answer is sent', async () => {
    const { proxy, said, ended } = await play({ signal: 'SIGTERM', afterMs: 500 });
    expect([said, ended]).toEqual(['head all ', 'SIGTERM']);
    expect(proxy.requests[0]).toMatchObject({ outcome: 'answered', did: ['SIGTERM at answer-sent'] });
  });

  it('goes to the process in a file, which may come late', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'proxy-signal-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const { said, ended } = await play({ at: 'answer-received', hold: true, pidFile: join(dir, 'pid') });
    expect([said, ended]).toEqual(['', 'SIGKILL']);
  });

  it('never goes to the process of the proxy', async () => {
    const signal = { action: 'signal', at: 'request-headers', signal: 'SIGTERM', pid: process.pid } as const;
    const proxy = await openProxy(await startTarget(), [{ match: {}, do: signal }]);
    expect(await ask(proxy.endpoint, 'GET /b/k')).toMatchObject({ status: 0 });
    expect(proxy.requests[0]?.did).toEqual([expect.stringContaining('own process')]);
  });
});
