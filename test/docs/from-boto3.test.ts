import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { installedFolder } from '../servers/install.ts';
import { startServer } from '../support/embedded/server.ts';
import { makeBytes, sha256 } from '../support/processes/files.ts';
import { openPlace, type Place, withoutShell } from '../support/processes/place.ts';
import { type Ended, runProgram } from '../support/processes/program.ts';
import {
  beginUpload,
  headObject,
  listKeys,
  listUploads,
  readObject,
  storeObject,
} from '../support/processes/remote.ts';
import { type Block, blocksOf } from './pages.ts';

const MiB = 1024 * 1024;
const EIGHT_DAYS_MS = 8 * 86_400_000;
const [CONNECT, ...SECTIONS] = groupByHeading(blocksOf('docs/how-to/from-boto3.md'));
const LANGUAGES = ['python', 'sh', 'ts'] as const;
type Language = (typeof LANGUAGES)[number];

// The packages of npm run test:servers, or those of the machine.
const packages = installedFolder('python-clients');
const pythonPath = [packages ?? '', process.env['PYTHONPATH'] ?? ''].filter(Boolean).join(delimiter);
const hasBoto3 =
  spawnSync('python3', ['-c', 'import boto3'], { env: { ...process.env, PYTHONPATH: pythonPath } }).status ===
  0;

/** What is there once an example has run. */
type Left = {
  readonly files: Record<string, string>;
  readonly objects: Record<string, string>;
  readonly uploads: readonly string[];
};

/** A bucket `backups` and a folder as the page has them. */
type World = { readonly place: Place; left(): Promise<Left> };

async function openWorld(): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'partwise-docs-'));
  const server = await startServer({ dir, buckets: ['backups'] });
  onTestFinished(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });
  const place = { ...(await openPlace(server)), bucket: 'backups' };
  await writeFile(join(place.dir, 'file.txt'), 'some text\n');
  await writeFile(join(place.dir, 'big.bin'), makeBytes(17 * MiB + 1));
  await storeObject(place, 'report.pdf', makeBytes(9 * MiB));
  await storeObject(place, 'note.txt', 'a note\n');
  for (const day of ['a', 'b']) await storeObject(place, `logs/2026/${day}.log`, day);
  server.advance(-EIGHT_DAYS_MS);
  // The SDK keeps to the clock of the first answer: this client is not used again.
  const { client } = await openPlace(server);
  await beginUpload({ client, bucket: 'backups' }, 'left.bin');
  server.advance(EIGHT_DAYS_MS);
  return { place, left: () => whatIsLeft(place) };
}

async function whatIsLeft(place: Place): Promise<Left> {
  const files: Record<string, string> = {};
  for (const name of await readdir(place.dir)) files[name] = sha256(await readFile(join(place.dir, name)));
  const objects: Record<string, string> = {};
  for (const key of await listKeys(place)) {
    const { CacheControl, Metadata } = await headObject(place, key);
    objects[key] = `${sha256(await readObject(place, key))} ${JSON.stringify({ CacheControl, Metadata })}`;
  }
  return { files, objects, uploads: (await listUploads(place)).map((line) => line.split(' ')[0] ?? '') };
}

let scripts = '';
beforeAll(async () => {
  scripts = await mkdtemp(join(tmpdir(), 'partwise-scripts-'));
  // The library as it is shipped, under its own name.
  await mkdir(join(scripts, 'node_modules'));
  await symlink(process.cwd(), join(scripts, 'node_modules', 'partwise'), 'junction');
});
afterAll(() => rm(scripts, { recursive: true, force: true }));

/** Python only where its packages are. */
const OTHERS: readonly Language[] = hasBoto3 ? ['ts', 'python'] : ['ts'];

let untouched: Left | undefined;
let written = 0;

/** Runs one example in a world of its own, with the variables of the page. */
async function runExample({ place }: World, language: Language, text: string): Promise<Ended> {
  const env = { BUCKET_NAME: 'backups' };
  if (language === 'sh') return await place.shell(`set -eo pipefail\n${text}`, { env });
  const isTs = language === 'ts';
  const script = join(scripts, `${++written}.${isTs ? 'mts' : 'py'}`);
  await writeFile(script, isTs ? `${text}\ns3.close();\n` : text);
  const tsx = pathToFileURL(join(process.cwd(), 'node_modules/tsx/dist/loader.mjs')).href;
  const command = isTs ? `node --import '${tsx}' '${script}'` : `python3 '${script}'`;
  const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  return await place.shell(command, { env: { ...env, ...quiet, PYTHONPATH: pythonPath } });
}

describe.skipIf(withoutShell !== '')(`docs/how-to/from-boto3.md${withoutShell}`, () => {
  it('connects in all three, and has an example of each in every section that has any', () => {
    const languagesOf = (blocks: readonly Block[] = []): string[] =>
      blocks.map(({ language }) => language).filter((language) => language !== 'text');
    expect(languagesOf(CONNECT)).toEqual(LANGUAGES);
    const headings = SECTIONS.map(([first]) => first?.heading);
    expect(SECTIONS.filter((blocks) => String(languagesOf(blocks)) !== String(LANGUAGES))).toEqual([]);
    expect(headings).toContain('upload_file');
    expect(SECTIONS.length).toBeGreaterThan(13);
  });

  const preamble = (language: Language): string => textOf(CONNECT, language);

  it('stores the file its first line says', async () => {
    const world = await openWorld();
    const { code, stderr } = await runExample(world, 'sh', preamble('sh'));
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('→ s3://backups/file.txt'),
    });
    expect((await world.left()).objects).toHaveProperty('file.txt');
  });

  it.each(SECTIONS.map((blocks) => [blocks[0]?.heading ?? '', blocks] as const))(
    '%s: every example runs, and all leave the same behind',
    async (_, blocks) => {
      untouched ??= await (await openWorld()).left();
      const runs = [leftBy('sh', textOf(blocks, 'sh'))];
      for (const language of OTHERS)
        runs.push(leftBy(language, preamble(language) + textOf(blocks, language)));
      const [shell, ...others] = await Promise.all(runs);
      for (const { language, left, stdout } of others) {
        expect({ language, left }).toEqual({ language, left: shell?.left });
        // An example that neither changes nor says anything shows nothing.
        if (stdout === '') expect(left).not.toEqual(untouched);
      }
    },
  );

  const why = hasBoto3 ? '' : ' (skipped: python3 with boto3 is not here)';
  it.skipIf(!hasBoto3)(`runs in Python too${why}`, () => {
    expect(OTHERS).toContain('python');
  });

  it('has types that fit', async () => {
    const folder = await mkdtemp(join(scripts, 'types-'));
    for (const [index, blocks] of SECTIONS.entries())
      await writeFile(join(folder, `${index}.mts`), preamble('ts') + textOf(blocks, 'ts'));
    const root = process.cwd();
    const typeRoots = [join(root, 'node_modules/@types')];
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2023' };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { ...compilerOptions, skipLibCheck: true, types: ['node'], typeRoots },
      }),
    );
    const { PATH = '' } = process.env;
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await runProgram(process.execPath, [tsc, '-p', folder], { env: { PATH } });
    expect(stdout).toBe('');
  });

  async function leftBy(
    language: Language,
    text: string,
  ): Promise<{ language: Language; left: Left; stdout: string }> {
    const world = await openWorld();
    const { code, stdout, stderr } = await runExample(world, language, text);
    expect({ text, code, stderr: code === 0 ? '' : stderr }).toEqual({ text, code: 0, stderr: '' });
    return { language, left: await world.left(), stdout };
  }
});

function textOf(blocks: readonly Block[] = [], language: Language): string {
  return blocks.find((block) => block.language === language)?.text ?? '';
}

function groupByHeading(blocks: readonly Block[]): Block[][] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) groups.set(block.heading, [...(groups.get(block.heading) ?? []), block]);
  return [...groups.values()];
}
