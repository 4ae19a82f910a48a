import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter } from '../support/processes/counter.ts';
import type { Ended } from '../support/processes/program.ts';
import type { Workspace } from '../support/processes/workspace.ts';
import type { Random } from './random.ts';
import { PARTIAL, type Transfer } from './transfer.ts';

/** What is done to a program while it runs. */
type Interruption = {
  readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGSTOP';
  /** After so many parts and objects were answered. */
  readonly after: number;
};

/** One run of the command. */
export type Run = {
  readonly ended: Ended;
  readonly interrupted: string;
  readonly wrong: readonly string[];
  /** Files that a kill left for ever, since nothing remembers them. */
  readonly partials: number;
};

/** How often the user runs the same command again, and how often not. */
const GIVES_UP = 0.35;
/** How often the command is run before nothing stands in its way any more. */
const TRIES = 5;
/** Far beyond every limit the program was given. */
const HANGS_MS = 300_000;

/** What stands between the program and the server. */
export type Between = {
  /** Counts parts and objects that were answered. */
  readonly answered: Counter;
  /** From now on nothing goes wrong any more. */
  endFaults(): void;
  /** Resolves when no request is under way. */
  settle(): Promise<void>;
};

/**
 * Runs the command of a transfer again and again until it ends with 0; sometimes only once, as users do. Each
 * failure must be an honest one, and the last run of several, without faults, must succeed.
 */
export async function runUntilDone(
  place: Workspace,
  transfer: Transfer,
  random: Random,
  { answered, endFaults, settle }: Between,
): Promise<Run[]> {
  const runs: Run[] = [];
  const givesUp = random.chance(GIVES_UP);
  for (let turn = 1; turn <= TRIES + 1; turn++) {
    const isLast = turn > TRIES;
    if (isLast) endFaults();
    const interruption = isLast || random.chance(0.4) ? undefined : drawInterruption(random);
    const run = await runOnce(place, transfer, interruption, answered);
    // What a killed run had asked for must not count for the next one.
    await settle();
    const isDone = run.ended.code === 0;
    const judged = isDone ? await transfer.judgeDone(run.ended) : await transfer.judgeFailed();
    const isKilled = [...runs, run].some(({ ended }) => ended.signal === 'SIGKILL');
    const isForgotten = (text: string): boolean =>
      isKilled && transfer.forgetsPartials === true && text.startsWith(PARTIAL);
    const partials = judged.filter(isForgotten).length;
    const wrong = [...run.wrong, ...judged.filter((text) => !isForgotten(text))];
    if (isLast && !isDone) wrong.push('it does not succeed even without faults');
    runs.push({ ...run, wrong, partials });
    if (isDone || givesUp || wrong.length > 0) break;
  }
  return runs;
}

function drawInterruption(random: Random): Interruption {
  const signal = random.pick<Interruption['signal']>([
    'SIGKILL',
    'SIGKILL',
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
    'SIGSTOP',
  ]);
  return { signal, after: random.pick([1, 1, 2, 3, 5, 8]) };
}

async function runOnce(
  place: Workspace,
  { args, input }: Transfer,
  interruption: Interruption | undefined,
  answered: Counter,
): Promise<Omit<Run, 'partials'>> {
  const program = place.start(args, input === undefined ? {} : { input });
  let [interrupted, hangs] = ['', false];
  const watch = setTimeout(() => {
    hangs = true;
    program.signal('SIGKILL');
  }, HANGS_MS);
  if (interruption !== undefined) {
    const { signal, after } = interruption;
    const isOver = await Promise.race([answered.reach(after), program.ended.then(() => true)]);
    if (isOver !== true) {
      interrupted = `${signal} after ${after}`;
      program.signal(signal);
      if (signal === 'SIGSTOP') await sleep(1000 + 500 * after);
      program.signal('SIGCONT');
    }
  }
  const ended = await program.ended;
  clearTimeout(watch);
  return { ended, interrupted, wrong: hangs ? ['it hangs'] : judgeEnd(ended, interrupted) };
}

const CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
/** Refused, partial, network, integrity: what the faults can cause. */
const HONEST = new Set([1, 3, 6, 7]);

/** A program that fails says so in a sentence, with a code that fits. */
function judgeEnd({ code, signal, stderr }: Ended, interrupted: string): string[] {
  const wrong: string[] = [];
  const sent = interrupted.split(' ')[0] ?? '';
  if (/^\s+at .+:\d+/m.test(stderr)) wrong.push('it shows a stack');
  if (code === 0) return wrong;
  if (code === null) {
    if (sent !== 'SIGKILL' || signal !== 'SIGKILL') wrong.push(`ended by ${signal}`);
    return wrong;
  }
  const stopped = CODES[sent];
  const isStopped = stopped !== undefined && stderr.includes(`${sent}: stopping`);
  if (isStopped ? code !== stopped : !HONEST.has(code)) wrong.push(`exit code ${code}`);
  if (!isStopped && !/^partwise: .+/m.test(stderr)) wrong.push('it fails without a sentence');
  return wrong;
}
