// Drawn input for the code that reads what others wrote:
// npm run fuzz -- --minutes 10 [--only xml,answers] [--seed N] [--case N] [--limit-ms 20000]
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openRandom } from '../soak/random.ts';
import { Finding, type FuzzTarget } from './target.ts';
import { watch } from './watchdog.ts';

/** More findings of one target would be the same one, mostly. */
const FINDINGS_OF_A_TARGET = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    // Names of targets, separated by commas.
    only: { type: 'string' },
    // Runs this case alone: what a finding prints.
    case: { type: 'string' },
    // A case that takes longer hangs.
    'limit-ms': { type: 'string', default: '20000' },
  },
});
// The SDK, which some targets load, would warn about Node 20.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const { TARGETS } = await import('./targets.ts');

type Tally = {
  readonly target: FuzzTarget;
  cases: number;
  findings: number;
  ms: number;
};

const [seed, minutes, limitMs] = [Number(values.seed), Number(values.minutes), Number(values['limit-ms'])];
if (![seed, minutes, limitMs].every(Number.isFinite))
  throw new Error('--minutes, --seed, --limit-ms: numbers');
const tallies = chosen().map((target): Tally => ({ target, cases: 0, findings: 0, ms: 0 }));
const dog = await watch(
  limitMs,
  tallies.map(({ target }) => howToRepeat(target, 'CASE')),
);
say(`fuzz: seed ${seed}, ${tallies.map(({ target }) => target.name).join(', ')}`);
try {
  if (values.case === undefined) await fuzz(Date.now() + minutes * 60_000);
  else for (const tally of tallies) await runCase(tally, Number(values.case));
} finally {
  await dog.stop();
}
for (const { target, cases, findings, ms } of tallies)
  say(
    `${findings === 0 ? 'ok   ' : 'WRONG'} ${target.name}: ${cases} cases in ${Math.round(ms / 1000)} s, ${findings} findings`,
  );
process.exitCode = tallies.every(({ cases, findings }) => cases > 0 && findings === 0) ? 0 : 1;

function chosen(): readonly FuzzTarget[] {
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !TARGETS.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`--only: ${TARGETS.map(({ name }) => name).join(', ')}`);
  return TARGETS.filter(({ name }) => names?.includes(name) ?? true);
}

/** Cases of all targets in turn, each target for as long as the others. */
async function fuzz(endsAt: number): Promise<void> {
  while (Date.now() < endsAt) {
    const open = tallies.filter(({ findings }) => findings < FINDINGS_OF_A_TARGET);
    const [next] = open.toSorted((a, b) => a.ms - b.ms);
    if (!next) return;
    await runCase(next, next.cases);
  }
}

async function runCase(tally: Tally, number: number): Promise<void> {
  const { target } = tally;
  const startedAt = performance.now();
  dog.begin(tallies.indexOf(tally), number);
  try {
    await target.one(openRandom(seed, target.name, number));
  } catch (error) {
    tally.findings++;
    await report(target, number, error);
  } finally {
    dog.end();
    tally.cases++;
    tally.ms += performance.now() - startedAt;
  }
}

/** Prints and keeps what a finding can be repeated with. */
async function report(target: FuzzTarget, number: number, error: unknown): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `partwise-fuzz-${target.name}-${seed}-${number}-`));
  if (error instanceof Finding) await writeFile(join(folder, 'input.txt'), error.input);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `\n${error.cause.stack}` : '';
  await writeFile(join(folder, 'error.txt'), `${text}${cause}\n`);
  say(`WRONG ${target.name} ${number}: ${text.slice(0, 2000)}`);
  if (error instanceof Finding) say(`      ${JSON.stringify(error.input.slice(0, 1000))}`);
  say(`      ${howToRepeat(target, number)}   (kept: ${folder})`);
}

function howToRepeat(target: FuzzTarget, number: number | string): string {
  return `npm run fuzz -- --seed ${seed} --only ${target.name} --case ${number}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
