import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Counts, countsBetween, startBenchServer } from './bench-server.ts';
import type { Case } from './case.ts';
import type { Contestant, Setting } from './contestant.ts';
import { type Cost, measure } from './measure.ts';

const PART_BYTES = 8 * 1024 ** 2;

/** What one run cost, and what the server saw of it. */
export type Run = Omit<Cost, 'code'> & Pick<Counts, 'requests' | 'connections' | 'refused'>;

/** A contestant's runs; with `failed` there are none that count. */
export type Outcome = {
  readonly name: string;
  readonly version: string;
  readonly runs: readonly Run[];
  readonly failed: string | undefined;
};

/** The programs a contest is run with. */
export type Tools = { readonly server: string; readonly launcher: string };

/** Has everybody do the same in turn, so that whatever else the machine does meets all of them. */
export async function runContest(
  contest: Case,
  rounds: number,
  tools: Tools,
  folder: string,
): Promise<Outcome[]> {
  const server = await startBenchServer(tools.server, contest.server, folder);
  const { endpoint, caFile } = server;
  const { payload, lanes } = contest;
  const outcomes = new Map<string, Outcome & { runs: Run[]; failed: string | undefined }>();

  const runOnce = async (contestant: Contestant, round: number): Promise<void> => {
    const home = join(folder, 'home');
    await rm(home, { recursive: true, force: true });
    await mkdir(home);
    const setting: Setting = { endpoint, payload, caFile, home, partBytes: PART_BYTES, lanes };
    // No program finds what an earlier run stored.
    const job = await contest.prepare(`${contestant.name.replaceAll(/\W+/g, '-')}-${round}`);
    const command = contestant.command(job, setting);
    if (command === undefined) return;
    const outcome = outcomes.get(contestant.name) ?? {
      name: contestant.name,
      version: contestant.version,
      runs: [],
      failed: undefined,
    };
    outcomes.set(contestant.name, outcome);
    if (outcome.failed !== undefined) return;
    const before = await server.counts();
    const { cost, said } = await measure(tools.launcher, command, { home, caFile });
    const seen = countsBetween(before, await server.counts());
    const { code, ...rest } = cost;
    const wrong = code === 0 ? await contest.judge(job, seen) : `exit ${code}: ${said.slice(-400)}`;
    if (wrong === undefined) {
      const { requests, connections, refused } = seen;
      outcome.runs.push({ ...rest, requests, connections, refused });
    } else outcome.failed = wrong;
  };

  try {
    for (let round = 0; round < rounds; round++) {
      for (const contestant of orderOf(contest.contestants, round)) await runOnce(contestant, round);
    }
  } finally {
    await server.stop();
  }
  return [...outcomes.values()];
}

/** Everybody begins once, and every other round runs backwards: no one always follows the same one. */
function orderOf<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  const turned = [...all.slice(first), ...all.slice(0, first)];
  return round % 2 === 0 ? turned : turned.toReversed();
}
