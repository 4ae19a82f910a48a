// Random transfers under random faults and kills: npm run soak -- --minutes 10 [--seed N] [--server NAME]
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { REAL_SERVERS, type RunningServer, type ServerName } from '../servers/server.ts';
import { startServer } from '../servers/start-server.ts';
import { printRules } from '../support/proxy/read-rules.ts';
import { putThroughKills } from './killed-put.ts';
import { type Soaked, soakOne } from './soak-one.ts';
import { openTally } from './tally.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    server: { type: 'string', default: 'versitygw' },
    // Transfers at a time.
    lanes: { type: 'string', default: '3' },
    // Runs this transfer alone: what a failure prints.
    only: { type: 'string' },
    // The size of the file that is killed ten times in the beginning; 0 leaves it out.
    'kills-mib': { type: 'string', default: '2048' },
  },
});
// The SDK would warn about Node 20 between the lines.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
// Whoever ends the soak also ends the server and the programs: they are killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const seed = Number(values.seed);
const [minutes, mebibytes] = [Number(values.minutes), Number(values['kills-mib'])];
if (![seed, minutes, mebibytes].every(Number.isFinite)) throw new Error('--minutes, --seed: numbers');

const server = await start();
const tally = openTally();
let isClean = true;
try {
  say(`soak: seed ${seed}, ${server.name}`);
  const end = Date.now() + minutes * 60_000;
  if (values.only === undefined && mebibytes > 0) await killLargePut();
  if (values.only === undefined) {
    let number = 0;
    // Most of the time is waiting, so several at a time.
    const soakOn = async (): Promise<void> => {
      while (Date.now() < end) await soak(++number);
    };
    await Promise.all(Array.from({ length: Number(values.lanes) }, soakOn));
  } else {
    await soak(Number(values.only));
  }
} finally {
  await server.stop();
}
process.stdout.write(tally.print(`\nsoak: seed ${seed}, ${minutes} min, ${server.name}`));
process.exitCode = isClean && tally.isClean() ? 0 : 1;

async function soak(number: number): Promise<void> {
  const soaked = await soakOne(server, seed, number);
  tally.add(soaked);
  describe(number, soaked);
  if (soaked.wrong.length > 0) await keepEvidence(number, soaked);
}

/** Starts the server that was asked for; the embedded one where versitygw cannot be had. */
async function start(): Promise<RunningServer> {
  const name = (['embedded', ...REAL_SERVERS] as const).find((known) => known === values.server);
  if (name === undefined) throw new Error(`--server: embedded, ${REAL_SERVERS.join(', ')}`);
  for (const candidate of [name, 'embedded'] satisfies ServerName[]) {
    const started = await startServer(candidate);
    if (!('skipped' in started)) return started;
    say(`skipped: ${candidate}: ${started.skipped}`);
  }
  throw new Error('there is no server');
}

async function killLargePut(): Promise<void> {
  const put = await putThroughKills(server, { mebibytes, kills: 10, seed });
  const { code, isSame, uploadsLeft, sentBytes, sizeBytes, cutParts, partBytes, moments, said } = put;
  const isWell = code === 0 && isSame && uploadsLeft.length === 0;
  const isFrugal = sentBytes <= sizeBytes + cutParts * partBytes;
  const twice = ((sentBytes - sizeBytes) / 1024 ** 2).toFixed(0);
  const sentence = `a put of ${mebibytes} MiB killed ten times (after ${moments.join(', ')} parts)`;
  say(
    `${isWell && isFrugal ? 'ok   ' : 'WRONG'} ${sentence}: ${twice} MiB sent again, ${cutParts} parts were cut`,
  );
  if (isWell && isFrugal) return;
  isClean = false;
  say(JSON.stringify({ code, isSame, uploadsLeft, sentBytes, sizeBytes, cutParts, said }));
}

function describe(number: number, { what, runs, requests, wrong }: Soaked): void {
  const faults = requests.reduce((sum, { did }) => sum + did.length, 0);
  const ends = runs.map(({ ended, interrupted }) =>
    [ended.code ?? ended.signal, interrupted].filter((word) => word !== '').join(' by '),
  );
  say(
    `${wrong.length === 0 ? 'ok   ' : 'WRONG'} ${number}: ${what}, ${faults} faults, ends: ${ends.join(', ')}`,
  );
}

/** Prints and keeps what a failure can be repeated with. */
async function keepEvidence(number: number, { wrong, rules, args, runs, requests }: Soaked): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `partwise-soak-${seed}-${number}-`));
  await writeFile(join(folder, 'rules.json'), printRules(rules));
  await writeFile(
    join(folder, 'requests.jsonl'),
    requests.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  for (const [index, { ended, interrupted, wrong: of }] of runs.entries()) {
    const { code, signal, stdout, stderr } = ended;
    const text = [interrupted, code ?? signal, ...of, stderr, stdout.slice(0, 100_000)].join('\n');
    await writeFile(join(folder, `run-${index + 1}.txt`), text);
  }
  for (const text of wrong) say(`      ${text}`);
  say(`      partwise ${args.join(' ')}`);
  say(printRules(rules).replace(/^/gm, '      ').trimEnd());
  say(`      npm run soak -- --server ${server.name} --seed ${seed} --only ${number}   (kept: ${folder})`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
