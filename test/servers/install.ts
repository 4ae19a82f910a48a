import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type CachedRecipe, type ProgramName, RECIPES, type SystemRecipe } from './recipes.ts';
import type { Skipped } from './server.ts';

/** Where a program is: its folder, and the file that is run. */
export type Installed = { readonly folder: string; readonly binary: string };

/** Outside the repository, so that a fresh clone finds what an earlier one built. */
export function cacheFolder(): string {
  const { PARTWISE_CACHE, XDG_CACHE_HOME } = process.env;
  return PARTWISE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'partwise');
}

/** Where a program was installed by an earlier run; `undefined` when it was not. Installs nothing. */
export function installedFolder(name: ProgramName): string | undefined {
  const recipe = RECIPES[name];
  if ('binaries' in recipe) return undefined;
  const folder = join(cacheFolder(), 'servers', recipe.folder);
  return existsSync(join(folder, recipe.binary)) ? folder : undefined;
}

/**
 * Finds a program in the cache, or installs it there. Where the tool for that is missing the answer says so; in
 * CI on Linux, a tool that is there and fails is an error.
 */
export async function installProgram(name: ProgramName): Promise<Installed | Skipped> {
  const recipe = RECIPES[name];
  if (process.platform !== 'linux')
    return { skipped: `it is run on Linux only, this is ${process.platform}` };
  if ('binaries' in recipe) return await installSystemWide(recipe);
  return await installCached(name, recipe, join(cacheFolder(), 'servers'));
}

/** Finds a program in a folder of the cache, or installs it there. */
export async function installCached(
  name: string,
  recipe: CachedRecipe,
  shelf: string,
): Promise<Installed | Skipped> {
  const folder = join(shelf, recipe.folder);
  const installed = { folder, binary: join(folder, recipe.binary) };
  if (existsSync(installed.binary)) return installed;
  const { status } = spawnSync(recipe.needs, recipe.probe, { stdio: 'ignore' });
  if (status !== 0) return { skipped: `${recipe.needs} is not installed` };

  await mkdir(shelf, { recursive: true });
  // Installed beside its place and moved there whole: an installation cut short is none.
  const draft = await mkdtemp(join(shelf, 'installing-'));
  try {
    await recipe.install(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    return installed;
  } catch (error) {
    // Another process was faster.
    if (existsSync(installed.binary)) return installed;
    const why = describeFailure(error);
    if (process.env['CI'] === 'true') throw new Error(`installing ${name} failed: ${why}`, { cause: error });
    return { skipped: `its installation failed: ${why}` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Not every machine can have these, so their absence is told and never an error. */
async function installSystemWide(recipe: SystemRecipe): Promise<Installed | Skipped> {
  const [first = ''] = recipe.binaries;
  const missing = (): string | undefined => recipe.binaries.find((name) => !isOnPath(name));
  if (missing() === undefined) return asKnown(recipe, first);
  const { status } = spawnSync(recipe.needs, recipe.probe, { stdio: 'ignore' });
  if (status !== 0) return { skipped: `${missing()} is not installed, and there is no ${recipe.needs}` };
  if (process.getuid?.() !== 0) return { skipped: `${missing()} is not installed, and only root can` };
  try {
    await recipe.installSystemWide();
  } catch (error) {
    return { skipped: `its installation failed: ${describeFailure(error)}` };
  }
  const still = missing();
  return still === undefined ? asKnown(recipe, first) : { skipped: `its package has no ${still}` };
}

/** A system's package has the version it has; what the tests expect of another one nobody knows. */
function asKnown({ version }: SystemRecipe, binary: string): Installed | Skipped {
  const said = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return version.test(said) ? { folder: '', binary } : { skipped: `the tests do not know ${said}` };
}

function isOnPath(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

/** The last line a failed installer said. */
function describeFailure(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return said.split('\n').at(-1) || String(error);
}
