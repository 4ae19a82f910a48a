// partwise and other programs side by side: npm run bench -- [start|put|get|small|ls|wan …] [--rounds N] [--quick] …
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Bench, Case, CaseGroup } from './case.ts';
import { getCases } from './cases/get.ts';
import { lsCases } from './cases/ls.ts';
import { putCases } from './cases/put.ts';
import { smallCases } from './cases/small.ts';
import { startCases } from './cases/start.ts';
import { wanCases } from './cases/wan.ts';
import { runContest } from './contest.ts';
import { describeMachine } from './machine.ts';
import { buildGo } from './native.ts';
import { type Group, readOptions } from './options.ts';
import { findContestants } from './find-contestants.ts';
import { type CaseReport, reportCase } from './report.ts';
import { printCase } from './table.ts';
import { writeResults } from './results.ts';

const CASES: Readonly<Record<Group, CaseGroup>> = {
  start: startCases,
  put: putCases,
  get: getCases,
  small: smallCases,
  ls: lsCases,
  wan: wanCases,
};
// Whoever ends the bench also ends its programs: they are killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const options = readOptions(process.argv.slice(2));
const skipped: string[] = [];
const skip = (what: string, why: string): void => {
  skipped.push(`skipped: ${what}: ${why}`);
  say(`skipped: ${what}: ${why}`);
};
const [server, launcher] = [await buildGo('server'), await buildGo('launcher')];
if (typeof server !== 'string' || typeof launcher !== 'string') {
  skip('the bench', typeof server === 'string' ? '' : server.skipped);
} else {
  const bench: Bench = { ...options, ...(await findContestants(options.peers, options.before, skip)), skip };
  const cases: CaseReport[] = [];
  for (const group of options.groups) cases.push(...(await runGroup(group, bench, { server, launcher })));
  const { rounds } = options;
  const report = { date: new Date().toISOString(), machine: describeMachine(), rounds, skipped, cases };
  for (const path of await writeResults(report, options)) say(`written: ${relative(process.cwd(), path)}`);
  if (cases.some(({ contestants }) => contestants.some(({ failed }) => failed !== null)))
    process.exitCode = 1;
}

async function runGroup(
  group: Group,
  bench: Bench,
  tools: { readonly server: string; readonly launcher: string },
): Promise<CaseReport[]> {
  const folder = await mkdtemp(join(await fastFolder(), 'partwise-bench-'));
  const clean = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const cases = (await CASES[group](bench, folder)).filter(({ name }) => name.includes(options.only));
    const reports: CaseReport[] = [];
    for (const one of cases) reports.push(await runCase(one, tools, folder));
    return reports;
  } finally {
    await clean();
  }
}

async function runCase(
  one: Case,
  tools: { readonly server: string; readonly launcher: string },
  folder: string,
): Promise<CaseReport> {
  const { isChecking, rounds } = options;
  const contest = { ...one, server: { ...one.server, isChecking } };
  const report = reportCase(one, await runContest(contest, rounds, tools, folder));
  say(`\n${printCase(report).join('\n')}`);
  return report;
}

/** A folder in memory where there is room for the file, its copy, and the server's bytes: disks are not measured. */
async function fastFolder(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs('/dev/shm');
    if (bavail * bsize > 3 * Math.max(options.sizeBytes, options.wanBytes)) return '/dev/shm';
  } catch {
    // This system has none.
  }
  return tmpdir();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
