import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/processes/program.ts';
import { answers } from './native.ts';
import type { Report } from './report.ts';

const why = whyNot();
const folder = await mkdtemp(join(tmpdir(), 'partwise-bench-test-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(why !== '')(`the bench${why}`, () => {
  // It builds its server first. What it measures here means nothing.
  it('runs every case with partwise alone, and the server finds every byte right', {
    timeout: 600_000,
  }, async () => {
    const json = join(folder, 'report.json');
    const { PATH = '', HOME = '', PARTWISE_CACHE = '' } = process.env;
    const { code, stdout, stderr } = await runProgram(
      process.execPath,
      ['--import', 'tsx', 'test/bench/main.ts', '--quick', '--check', '--peers', 'none', '--json', json],
      { env: { PATH, HOME, PARTWISE_CACHE } },
    );
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    const report: Report = JSON.parse(await readFile(json, 'utf8'));
    expect(report).toMatchObject({ machine: { node: process.versions.node }, rounds: 1 });
    expect(report.cases.map(({ name }) => name)).toEqual([
      'start --version',
      'start ls',
      'put http signed',
      'put http unsigned',
      'put https',
      'get http',
      'get https',
      'small put http signed',
      'small put http unsigned',
      'small put https',
      'small get http',
      'small get https',
      'ls',
      'ls 20 ms a page',
      'wan put',
    ]);
    for (const { contestants } of report.cases) {
      expect(contestants.map(({ name }) => name)).toContain('partwise');
      for (const { failed, medians, runs } of contestants) {
        expect(failed).toBeNull();
        expect(runs).toHaveLength(1);
        expect(medians?.cpuSeconds).toBeGreaterThan(0);
        expect(medians?.peakMebibytes).toBeGreaterThan(0);
      }
    }
  });
});

function whyNot(): string {
  if (process.platform === 'win32') return ' (skipped: its launcher asks what Windows does not tell)';
  return answers('go', 'version') ? '' : ' (skipped: go is not installed)';
}
