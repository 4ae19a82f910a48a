import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Installed } from '../../servers/install.ts';
import type { Skipped } from '../../servers/server.ts';
import { PEER_RECIPES, type PeerProgram } from './recipes.ts';

/** Finds a peer that `npm run bench:peers` installed. Installs nothing. */
export async function findInstalled(name: PeerProgram): Promise<Installed | Skipped> {
  const { shelf, folder: version, binary } = PEER_RECIPES[name];
  const folder = join(cacheFolder(), shelf, version);
  const installed = { folder, binary: join(folder, binary) };
  return existsSync(installed.binary) ? installed : { skipped: 'npm run bench:peers has not installed it' };
}

let python: string | undefined;

/** The interpreter itself: the `python3` of a version manager is a script that costs time. */
export function findPython(): string {
  python ??= spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).stdout.trim();
  return python;
}

/** The first line a program says of its version. */
export function versionOf(
  program: string,
  args: string | readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const words = typeof args === 'string' ? [args] : [...args];
  const { stdout } = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, ...env } });
  return stdout.trim().split('\n')[0] ?? '';
}
