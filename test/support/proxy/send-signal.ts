import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { BreakOff, pause } from './break-off.ts';
import type { OpenLine } from './request-log.ts';
import { type Action, type ActionOf, actionsOf, type Step } from './rule.ts';

type Surroundings = { readonly line: OpenLine; readonly gone: AbortSignal };

const POLL_MS = 5;

/** Sends the signals that belong to a step, one after the other. */
export async function sendSignalsAt(
  step: Step,
  actions: readonly Action[],
  surroundings: Surroundings,
): Promise<void> {
  for (const action of actionsOf(actions, 'signal')) {
    if (action.at === step) await sendSignal(action, surroundings);
  }
}

/** Sends one signal; with `hold` it never returns, but breaks off when the process is gone. */
export async function sendSignal(action: ActionOf<'signal'>, { line, gone }: Surroundings): Promise<void> {
  const pid = action.pid ?? (await readPid(action.pidFile ?? '', gone));
  if (pid === process.pid) throw new Error('a proxy does not send signals to its own process');
  if (action.afterMs !== undefined) await pause(action.afterMs, new AbortController().signal);
  if (isAlive(pid)) {
    process.kill(pid, numberOf(action.signal));
    line.did(`${action.signal} at ${action.at}`);
  }
  if (action.hold !== true) return;
  while (isAlive(pid) && !gone.aborted) await pause(POLL_MS, new AbortController().signal);
  throw new BreakOff('client-gone');
}

/** The number in the file, once it is there. */
async function readPid(path: string, gone: AbortSignal): Promise<number> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    // A line break says that it is written to its end.
    const found = /^(\d+)\n$/.exec(text)?.[1];
    if (found !== undefined && Number(found) > 1) return Number(found);
    await pause(POLL_MS, gone);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function numberOf(signal: string): number {
  const found = new Map<string, number>(Object.entries(constants.signals)).get(signal);
  if (found === undefined) throw new Error(`no such signal: ${signal}`);
  return found;
}
