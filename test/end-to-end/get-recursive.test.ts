import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { listTree } from '../support/processes/files.ts';
import { withoutShell } from '../support/processes/place.ts';
import { storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const oddNames = process.platform === 'win32' ? [] : ['new\nline', 'a:b', 'back\\slash', '-dash'];

describe('get -r', () => {
  it('brings names with spaces, other letters and signs back byte for byte', async () => {
    const place = await embedded.open();
    const names = ['a b', 'ü 雪 🎉', '100%', '%41', 'a+b', 'a&b=c', 'x/y/z', ...oddNames];
    for (const name of names) await storeObject(place, `p/${name}`, name);
    expect(await place.partwise(['get', '-r', place.location('p/'), 'to'])).toMatchObject({ code: 0 });
    for (const name of names) expect(await readFile(join(place.dir, 'to', name), 'utf8')).toBe(name);
    const files = (await listTree(join(place.dir, 'to'))).filter((name) => !name.endsWith('/'));
    expect(files).toHaveLength(names.length);
  });

  it('takes a location without a slash for that key and what lies under it', async () => {
    const place = await embedded.open();
    for (const key of ['logs', 'logs/a', 'logs/b/c', 'logs-prod/x', 'logs2'])
      await storeObject(place, key, key);
    const get = await place.partwise(['get', '-r', place.location('logs'), 'to']);
    expect(get).toMatchObject({ code: 0 });
    expect(await listTree(join(place.dir, 'to'))).toEqual(['a', 'b/', 'b/c', 'logs']);
  });

  it('makes directories of empty keys that end in a slash', async () => {
    const place = await embedded.open();
    for (const key of ['p/', 'p/empty/', 'p/full/file'])
      await storeObject(place, key, key.endsWith('/') ? '' : 'x');
    expect(await place.partwise(['get', '-r', place.location('p/'), 'to'])).toMatchObject({ code: 0 });
    expect(await listTree(join(place.dir, 'to'))).toEqual(['empty/', 'full/', 'full/file']);
  });

  it.each([
    ['../x', 'segment . or ..'],
    ['a/../../x', 'segment . or ..'],
    ['..', 'segment . or ..'],
    ['/abs', 'begins with a slash'],
    ['a//b', 'empty segment'],
    ['./x', 'segment . or ..'],
    ['a/.', 'segment . or ..'],
    ['n'.repeat(256), 'longer than 255 bytes'],
  ])('refuses the key p/%s by name, fetches the rest, and ends with 3', async (name, why) => {
    const place = await embedded.open();
    await storeObject(place, `p/${name}`, 'harm');
    await storeObject(place, 'p/good', 'good');
    const get = await place.partwise(['get', '-r', place.location('p/'), 'outer/to']);
    expect(get.code).toBe(3);
    expect(get.stderr).toContain(`s3://${place.bucket}/p/${name} was refused`);
    expect(get.stderr).toContain(why);
    expect(await listTree(place.dir)).toEqual(['outer/', 'outer/to/', 'outer/to/good']);
  });

  it.skipIf(withoutShell)(
    `refuses to write through a link that leads out of the target${withoutShell}`,
    async () => {
      const place = await embedded.open();
      for (const key of ['p/good', 'p/out/x', 'p/in/y']) await storeObject(place, key, 'new');
      await mkdir(join(place.dir, 'outside'));
      await mkdir(join(place.dir, 'to', 'really'), { recursive: true });
      await symlink('../outside', join(place.dir, 'to', 'out'));
      await symlink('really', join(place.dir, 'to', 'in'));
      const get = await place.partwise(['get', '-r', place.location('p/'), 'to']);
      expect(get.code).toBe(3);
      expect(get.stderr).toMatch(/p\/out\/x was refused: a symbolic link/);
      expect(await listTree(join(place.dir, 'outside'))).toEqual([]);
      expect(await listTree(join(place.dir, 'to', 'really'))).toEqual(['y']);
    },
  );

  it('of a key a and a key a/b fetches one and refuses the other', async () => {
    const place = await embedded.open();
    for (const key of ['p/a', 'p/a/b', 'p/c']) await storeObject(place, key, key);
    const get = await place.partwise(['get', '-r', '-j', '1', place.location('p/'), 'to']);
    expect(get.code).toBe(3);
    expect(get.stderr).toMatch(/p\/a(?:\/b)?\b.*(?:refused|directory|file)/);
    expect(await listTree(join(place.dir, 'to'))).toEqual(['a', 'c']);
    expect(await readFile(join(place.dir, 'to', 'a'), 'utf8')).toBe('p/a');
  });

  it('leaves files that are there and are not in the bucket alone', async () => {
    const place = await embedded.open();
    await storeObject(place, 'p/new', 'new');
    await mkdir(join(place.dir, 'to'));
    await writeFile(join(place.dir, 'to', 'mine'), 'mine');
    expect(await place.partwise(['get', '-r', place.location('p/'), 'to'])).toMatchObject({ code: 0 });
    expect(await listTree(join(place.dir, 'to'))).toEqual(['mine', 'new']);
  });

  it('counts what was done and what failed for programs', async () => {
    const place = await embedded.open();
    for (const key of ['p/a//b', 'p/good']) await storeObject(place, key, 'x');
    const get = await place.partwise(['get', '-r', '--json', place.location('p/'), 'to']);
    const lines = get.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ type: 'summary', exitCode: 3, done: 1, failed: 1 });
    expect(lines.filter(({ status }) => status === 'failed').map(({ source }) => source)).toEqual([
      place.location('p/a//b'),
    ]);
  });
});
