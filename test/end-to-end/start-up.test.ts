import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';

const embedded = startEmbedded();
const hook = pathToFileURL(
  fileURLToPath(new URL('../support/processes/log-imports.mjs', import.meta.url)),
).href;

/** Runs partwise and answers with all that it imported. */
async function importsOf(args: readonly string[]): Promise<string[]> {
  const place = await embedded.open();
  const log = join(place.dir, 'imports');
  const ended = await place.partwise(args, { env: { NODE_OPTIONS: `--import=${hook}`, IMPORT_LOG: log } });
  expect(ended.stderr).not.toContain('Error: ');
  return (await readFile(log, 'utf8')).split('\n');
}

const isSdk = (specifier: string): boolean => /@aws-sdk|@smithy|\/s3\//.test(specifier);

describe('starting', () => {
  it.each([[['--help']], [['put', '--help']], [['--version']], [['put', '--part-sise']], [['put', 'none']]])(
    '%j loads no AWS SDK',
    async (args) => {
      const imports = await importsOf(args);
      expect(imports.some((specifier) => specifier.includes('commander'))).toBe(true);
      expect(imports.filter(isSdk)).toEqual([]);
    },
  );

  it('a command that needs the server loads it', async () => {
    expect((await importsOf(['ls'])).some((specifier) => specifier.includes('@aws-sdk'))).toBe(true);
  });
});
