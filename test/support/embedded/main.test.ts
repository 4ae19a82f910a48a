import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('the server as a program', () => {
  it.each([
    ['a signal', (child: Program) => child.kill('SIGTERM')],
    ['the end of its input', (child: Program) => child.stdin.end()],
  ])('says where it listens, and ends on %s leaving nothing behind', async (_, stop) => {
    const dir = await mkdtemp(join(tmpdir(), 'embedded-main-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const child = run(['--dir', dir, '--clock-offset=-86400', '--until-stdin-closes']);
    const exited = once(child, 'exit');
    const [line] = await once(createInterface(child.stdout), 'line');
    expect(line).toMatch(/^listening http:\/\/127\.0\.0\.1:\d+$/);

    const response = await fetch(String(line).replace('listening ', ''));
    expect(response.status).toBe(403);
    const aged = Date.now() - Date.parse(response.headers.get('date') ?? '');
    expect(aged).toBeGreaterThanOrEqual(86_400_000);

    stop(child);
    expect(await exited).toEqual([0, null]);
    expect(await readdir(dir)).toEqual([]);
  });
});

type Program = ReturnType<typeof run>;

function run(flags: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Ends with the test file whatever the test did.
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
