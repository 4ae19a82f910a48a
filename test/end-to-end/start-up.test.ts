import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';

const embedded = startEmbedded();
const repository = fileURLToPath(new URL('../..', import.meta.url));
const program = join(repository, 'dist', 'program');
const hook = fileURLToPath(new URL('../support/processes/log-loaded.cjs', import.meta.url));

/** Which source files are in a file of the program: its source map names them. */
async function sourcesIn(file: string): Promise<string[]> {
  const { sources }: { sources: readonly string[] } = JSON.parse(await readFile(`${file}.map`, 'utf8'));
  return sources.map((source) => relative(repository, resolve(dirname(file), source)).replaceAll('\\', '/'));
}

/** Runs partwise and answers with the source files of all that it loaded. */
async function sourcesOf(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const place = await embedded.open();
  for (const [name, text] of Object.entries(files)) await writeFile(join(place.dir, name), text);
  const log = join(place.dir, 'loaded');
  const words = args.map((word) => word.replace('BUCKET', place.bucket));
  const ended = await place.partwise(words, { env: { NODE_OPTIONS: `--require=${hook}`, LOADED_LOG: log } });
  expect(ended.stderr).not.toContain('Error: ');
  // The few lines of the bundler's own have no source.
  const loaded = (await readFile(log, 'utf8'))
    .split('\n')
    .filter((file) => dirname(file) === program && !basename(file).startsWith('rolldown-runtime'));
  return (await Promise.all(loaded.map(sourcesIn))).flat();
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
