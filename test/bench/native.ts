import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../servers/install.ts';
import type { Skipped } from '../servers/server.ts';

const HERE = import.meta.dirname;
const run = promisify(execFile);

/** Builds the server or the launcher with Go, unless that was done with the same sources before. */
export async function buildGo(name: 'server' | 'launcher'): Promise<string | Skipped> {
  if (!answers('go', 'version')) return { skipped: 'go is not installed' };
  const build = (to: string): Promise<unknown> => run('go', ['build', '-o', to, `./${name}`], { cwd: HERE });
  return await buildOnce(name, [join(HERE, name)], build);
}

/** Builds a floor with the C compiler. */
export async function buildFloor(name: 'put' | 'get'): Promise<string | Skipped> {
  if (!answers('cc', '--version')) return { skipped: 'there is no C compiler' };
  const source = join(HERE, 'floor', `${name}.c`);
  const build = (to: string): Promise<unknown> => run('cc', ['-O2', '-o', to, source]);
  return await buildOnce(`floor-${name}`, [join(HERE, 'floor')], build);
}

/** Turns the floor of Node into what plain Node runs. */
export async function buildNodeFloor(): Promise<string> {
  const source = join(HERE, 'floor', 'node.ts');
  const { build } = await import('rolldown');
  return await buildOnce('floor-node', [join(HERE, 'floor')], (to) =>
    build({ input: source, platform: 'node', output: { format: 'cjs', file: to } }),
  );
}

async function buildOnce(
  name: string,
  folders: readonly string[],
  build: (to: string) => Promise<unknown>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const file of (await readdir(folder)).toSorted()) hash.update(await readFile(join(folder, file)));
  const shelf = join(cacheFolder(), 'bench');
  const binary = join(shelf, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(binary)) return binary;
  await mkdir(shelf, { recursive: true });
  // Built beside its place: a build cut short is none.
  const draft = await mkdtemp(join(shelf, 'building-'));
  try {
    await build(join(draft, name));
    await rename(join(draft, name), binary);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return binary;
}

/** Whether a tool is here. */
export function answers(tool: string, word: string): boolean {
  return spawnSync(tool, [word], { stdio: 'ignore' }).status === 0;
}
