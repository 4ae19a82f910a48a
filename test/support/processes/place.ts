import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ended, runProgram } from './program.ts';
import {
  basicVariables,
  bin,
  openWorkspace,
  type Place,
  type PlaceOptions,
  type ServerAccess,
} from './workspace.ts';

export type { Place, PlaceOptions, RunOptions, ServerAccess } from './workspace.ts';

/** Why tests that need a POSIX shell are left out, or nothing. */
export const withoutShell = process.platform === 'win32' ? ' (skipped: needs a POSIX shell)' : '';

/** Makes a place, which is gone when the test is over. */
export async function openPlace(server: ServerAccess, options: PlaceOptions = {}): Promise<Place> {
  const workspace = await openWorkspace(server, options);
  onTestFinished(() => workspace.close());
  return workspace;
}

/** Runs the program as from `env -i`: no server, no keys. */
export async function runBare(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const home = await mkdtemp(join(tmpdir(), 'partwise-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return await runProgram(process.execPath, [bin, ...args], {
    cwd: home,
    env: { ...(await basicVariables(home)), ...env },
  });
}
