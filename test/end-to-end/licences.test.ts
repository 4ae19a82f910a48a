import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const program = join(repository, 'dist', 'program');

/** The packages whose files the source maps name. */
async function bundledPackages(): Promise<ReadonlySet<string>> {
  const maps = (await readdir(program)).filter((name) => name.endsWith('.map'));
  const sources = await Promise.all(
    maps.map(
      async (name): Promise<{ sources: readonly string[] }> =>
        JSON.parse(await readFile(join(program, name), 'utf8')),
    ),
  );
  const names = sources.flatMap((map) =>
    map.sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []),
  );
  return new Set(names);
}

/** Bundles a program that uses one package. */
async function bundleWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'partwise-licences-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'node_modules', 'used'), { recursive: true });
  const plugin = pathToFileURL(join(repository, '.ci', 'bundled-licences.mjs')).href;
  const all = {
    'main.js': "import { used } from 'used'; console.log(used());",
    'rolldown.config.mjs': `import { bundledLicences } from '${plugin}'; export default { input: 'main.js', plugins: [bundledLicences()], output: { dir: 'out' } };`,
    'node_modules/used/index.js': 'export function used() { return process.pid + Math.random(); }',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  const cli = join(repository, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  await run(process.execPath, [cli, '-c', 'rolldown.config.mjs'], { cwd: folder });
  return await readFile(join(folder, 'out', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
}

const manifest = (license: string): Record<string, string> => ({
  'node_modules/used/package.json': JSON.stringify({
    name: 'used',
    version: '1.2.3',
    license,
    main: 'index.js',
    type: 'module',
  }),
});

describe('the licences of what is bundled', () => {
  it('stand beside the program, each package with its version and a text', async () => {
    const text = await readFile(join(program, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    const packages = await bundledPackages();
    expect(packages).toContain('commander');
    for (const name of packages) {
      const { version, license } = JSON.parse(
        await readFile(join(repository, 'node_modules', name, 'package.json'), 'utf8'),
      );
      expect(text).toContain(`\n${name} ${version} (${license})\n`);
    }
    expect(text).toContain('Apache License');
    expect(text).toContain('Permission is hereby granted');
  });

  it('are read from the package', async () => {
    const files = { ...manifest('MIT'), 'node_modules/used/LICENSE.md': 'Copyright Ada' };
    expect(await bundleWith(files)).toContain('used 1.2.3 (MIT)\n\nCopyright Ada');
  });

  it.each([
    [
      'is not allowed',
      { ...manifest('GPL-3.0'), 'node_modules/used/LICENSE': 'text' },
      /used has the licence GPL-3.0/,
    ],
    ['is without a text', manifest('MIT'), /used ships no text/],
  ])('fail the build where one %s', async (_, files, why) => {
    await expect(bundleWith(files)).rejects.toThrow(why);
  });
});
