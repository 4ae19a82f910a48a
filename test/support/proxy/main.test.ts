import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { printRules } from './read-rules.ts';
import { ask, startTarget } from './test-proxy.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('the proxy as a program', () => {
  it('takes rules from a file and orders over HTTP, logs, and ends with its input', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'proxy-main-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const [rules, log] = [join(dir, 'rules.json'), join(dir, 'log.jsonl')];
    await writeFile(rules, printRules([{ match: { key: 'k' }, do: { action: 'answer', status: 503 } }]));
    const target = await startTarget();
    const flags = ['--target', target.url, '--rules', rules, '--log', log, '--until-stdin-closes'];
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...flags], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const endpoint = String((await lines.next()).value).replace('listening ', '');
    const control = String((await lines.next()).value).replace('control ', '');
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);

    expect((await ask(endpoint, 'GET /b/k')).status).toBe(503);
    const wrong = await fetch(`${endpoint}/__faults/rules`, {
      method: 'POST',
      body: '[{"match":{"kye":""}}]',
    });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('"kye"')]);
    await order(`${endpoint}/__faults/rules`, 'POST', '[]');
    expect((await ask(endpoint, 'GET /b/k')).status).toBe(200);

    await order(`${endpoint}/__faults/down`, 'POST');
    expect(await ask(endpoint, 'GET /b/k')).toMatchObject({ status: 0, end: 'RST' });
    await order(`${control}/__faults/up`, 'POST');
    expect((await ask(endpoint, 'GET /b/k')).status).toBe(200);
    await order(`${endpoint}/__faults/down?ms=50`, 'POST');
    while ((await ask(endpoint, 'GET /b/k')).status !== 200);

    const logged = JSON.parse(await order(`${endpoint}/__faults/log`, 'GET'));
    expect(logged).toMatchObject([
      { number: 1, key: 'k', fired: ['#0'], status: 503 },
      { number: 2, status: 200 },
      { number: 3, status: 200 },
      { number: 4, status: 200 },
    ]);
    expect(JSON.parse(await order(`${control}/__faults/stats`, 'GET'))).toMatchObject({ peakInFlight: 1 });
    const file = (await readFile(log, 'utf8')).trim().split('\n');
    expect(file.map((line) => JSON.parse(line))).toEqual(logged);

    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });
});

async function order(url: string, method: string, body?: string): Promise<string> {
  const answer = await fetch(url, { method, ...(body !== undefined && { body }) });
  expect(answer.status).toBe(200);
  return await answer.text();
}
