import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';

const embedded = startEmbedded();
const hook = pathToFileURL(
  fileURLToPath(new URL('../support/processes/log-imports.mjs', import.meta.url)),
).href;

const meta = new URL('../../dist/program/meta.json', import.meta.url);

/** Which files the bundler put into each file of the program, by its name. */
async function contents(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { outputs }: { outputs: Record<string, { inputs: Record<string, unknown> }> } = JSON.parse(
    await readFile(meta, 'utf8'),
  );
  return new Map(
    Object.entries(outputs).map(([path, { inputs }]) => [basename(path), Object.keys(inputs)] as const),
  );
}

/** Runs partwise and answers with the source files of all that it loaded. */
async function sourcesOf(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const place = await embedded.open();
  for (const [name, text] of Object.entries(files)) await writeFile(join(place.dir, name), text);
  const log = join(place.dir, 'imports');
  const words = args.map((word) => word.replace('BUCKET', place.bucket));
  const ended = await place.partwise(words, { env: { NODE_OPTIONS: `--import=${hook}`, IMPORT_LOG: log } });
  expect(ended.stderr).not.toContain('Error: ');
  const loaded = (await readFile(log, 'utf8')).split('\n').map((specifier) => basename(specifier));
  const known = await contents();
  return loaded.flatMap((file) => known.get(file) ?? []);
}

const isSdk = (path: string): boolean => /@aws-sdk|@smithy/.test(path);
const isAdapter = (path: string): boolean => isSdk(path) || path.startsWith('src/s3/');

describe('starting', () => {
  it.each([[['--help']], [['put', '--help']], [['put', '--part-sise']]])(
    '%j loads the parser, and nothing that talks to a server',
    async (args) => {
      const sources = await sourcesOf(args);
      expect(sources.some((path) => path.includes('commander'))).toBe(true);
      expect(sources.filter(isAdapter)).toEqual([]);
    },
  );

  it('put of what is not there loads nothing that talks to a server', async () => {
    const sources = await sourcesOf(['put', 'none', 's3://BUCKET']);
    expect(sources).toContain('src/cli/work/put.ts');
    expect(sources.filter(isAdapter)).toEqual([]);
  });

  it('--version loads not even the parser', async () => {
    expect(await sourcesOf(['--version'])).toEqual(['src/cli/main.ts']);
  });

  it('put of a small file with keys from the environment loads no AWS SDK', async () => {
    const sources = await sourcesOf(['put', 'small', 's3://BUCKET'], { small: 'text' });
    expect(sources).toContain('src/s3/wire-store.ts');
    expect(sources.filter(isSdk)).toEqual([]);
  });

  it('a listing of objects loads no AWS SDK', async () => {
    const sources = await sourcesOf(['ls', 's3://BUCKET']);
    expect(sources).toContain('src/s3/list-objects.ts');
    expect(sources.filter(isSdk)).toEqual([]);
  });

  it('a command that needs the SDK loads it', async () => {
    expect((await sourcesOf(['ls'])).some(isSdk)).toBe(true);
  });
});
