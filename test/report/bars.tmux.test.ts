import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const root = fileURLToPath(new URL('../..', import.meta.url));
/** A server of its own for every test: one that is ending would take the next test's session with it. */
let socket = '';
const patience = { timeout: 50_000, interval: 50 };

function tmux(...args: string[]): string {
  return execFileSync('tmux', ['-u', '-L', socket, ...args], { cwd: root, encoding: 'utf8' });
}

function screen(): string[] {
  return tmux('capture-pane', '-p').trimEnd().split('\n');
}

describe.skipIf(!hasTmux)(
  `bars on a real terminal${hasTmux ? '' : ' (skipped: tmux is not on PATH)'}`,
  () => {
    beforeEach(() => {
      socket = `partwise-${randomUUID()}`;
    });
    afterEach(() => void spawnSync('tmux', ['-L', socket, 'kill-server']));

    it.each([
      [24, 5],
      [5, 4],
    ])('are drawn within %i rows, and leave no trace', async (rows, expected) => {
      const script = `'${process.execPath}' --import tsx test/report/support/draw-bars.ts put-many-files 2000`;
      tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', String(rows), `stty -echo; ${script}`);
      const drawn = await vi.waitFor(() => {
        const lines = screen();
        expect(lines).toHaveLength(expected);
        return lines;
      }, patience);
      expect(drawn[0]).toBe('logged above the bars');
      expect(drawn[1]).toMatch(/^1 of 3 files {2,}\[=+-+\] +29%  7\.0 MiB of 24 MiB/);
      expect(drawn[2]).toMatch(/^ {2}part 1 film\\x1b\[2J\.mp4 {2}\[=+-+\] +50%  4\.0 MiB of 8\.0 MiB$/);
      for (const line of drawn) expect(line.length).toBeLessThan(100);
      expect(tmux('display-message', '-p', '#{cursor_flag} #{wrap_flag}').trim()).toBe('0 0');

      tmux('send-keys', 'Enter');
      await vi.waitFor(() => expect(screen()).toEqual(['logged above the bars', 'stopped']), patience);
      expect(tmux('display-message', '-p', '#{cursor_flag} #{wrap_flag}').trim()).toBe('1 1');
    });
  },
);
