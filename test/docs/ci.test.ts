import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startEmbedded, type EmbeddedPlace } from '../support/processes/embedded.ts';
import { withoutShell } from '../support/processes/place.ts';
import { listKeys } from '../support/processes/remote.ts';
import { allPages, blocksOf } from './pages.ts';

const page = blocksOf('docs/how-to/use-it-in-ci.md');
const embedded = startEmbedded();

/** The block of a section. */
function blockOf(heading: string): string {
  return page.find((block) => block.heading === heading)?.text ?? '';
}

/** A working directory with the script of the page and something to store. */
async function openJob(): Promise<EmbeddedPlace> {
  const place = await embedded.open();
  await mkdir(join(place.dir, 'ci'));
  await writeFile(join(place.dir, 'ci/store.sh'), blockOf('The script'));
  await mkdir(join(place.dir, 'dist'));
  await writeFile(join(place.dir, 'dist/index.html'), '<p>');
  return place;
}

/** Commands that stand before the real ones. */
async function standIns(place: EmbeddedPlace, scripts: Record<string, string>): Promise<{ PATH: string }> {
  const folder = join(place.dir, 'stand-ins');
  await mkdir(folder);
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return { PATH: [folder, process.env['PATH'] ?? ''].join(delimiter) };
}

describe('the YAML of every page', () => {
  const blocks = allPages()
    .flatMap((path) => blocksOf(path))
    .filter(({ language }) => language === 'yaml');
  it.each(blocks)('under "$heading" can be read', ({ text }) => {
    expect(parse(text)).toBeTypeOf('object');
  });
  it('is found', () => {
    expect(blocks.length).toBeGreaterThan(1);
  });
});

describe.skipIf(withoutShell !== '')(`docs/how-to/use-it-in-ci.md${withoutShell}`, () => {
  it.each([
    ['GitHub Actions', 'GITHUB_SHA'],
    ['GitLab CI', 'CI_COMMIT_SHA'],
  ])('what %s calls stores the directory and sums up', async (heading, variable) => {
    const place = await openJob();
    const line = /sh ci\/store\.sh .*/.exec(blockOf(heading))?.[0] ?? '';
    const env = { [variable]: 'c0ffee', CI: 'true' };
    const ended = await place.shell(`set -e\n${line.replace('artifacts', place.bucket)}`, { env });
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({ type: 'summary', exitCode: 0, done: 1 });
    expect(await listKeys(place)).toEqual(['c0ffee/index.html']);
    expect((await readFile(join(place.dir, 'results.jsonl'), 'utf8')).split('\n')).toHaveLength(3);
  });

  it.each([
    [[6, 6, 0], 0, 3],
    [[6, 6, 6], 6, 3],
    [[5], 5, 1],
    [[6, 7], 7, 2],
  ])('runs that end with %j make the script end with %i after %i', async (codes, expected, runs) => {
    const place = await openJob();
    await writeFile(join(place.dir, 'codes'), `${codes.join('\n')}\n`);
    const env = await standIns(place, {
      sleep: 'echo "$1" >> pauses',
      partwise: 'code=$(head -n 1 codes); sed -i.bak 1d codes; exit "$code"',
    });
    expect(await place.shell('sh ci/store.sh dist s3://b/', { env })).toMatchObject({ code: expected });
    const pauses = await readFile(join(place.dir, 'pauses'), 'utf8');
    expect(pauses).toBe(
      ['0', '30', '120']
        .slice(0, runs)
        .map((pause) => `${pause}\n`)
        .join(''),
    );
  });

  it('an empty variable does no harm', async () => {
    const place = await openJob();
    expect(await place.shell('partwise put -r dist "s3://$BUCKET/"')).toMatchObject({ code: 2 });
  });
});
