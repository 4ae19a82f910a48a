import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { writeTree } from '../support/processes/files.ts';
import { withoutShell } from '../support/processes/place.ts';
import { headObject, listKeys, listUploads, readObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
// Windows allows none of these in a name.
const oddNames = process.platform === 'win32' ? [] : ['new\nline', 'tab\t', 'a:b', 'quo"te', 'back\\slash'];

describe('put -r', () => {
  it('stores the contents of a directory, whatever the slashes say', async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'site/a.html': '<p>', 'site/css/b.css': 'p{}' });
    for (const [source, target] of [
      ['site', 'one/'],
      ['site/', 'two'],
    ] as const) {
      const put = await place.partwise(['put', '-r', source, place.location(target)]);
      expect(put).toMatchObject({ code: 0 });
    }
    expect(await listKeys(place)).toEqual(['one/a.html', 'one/css/b.css', 'two/a.html', 'two/css/b.css']);
    expect((await headObject(place, 'one/css/b.css')).ContentType).toBe('text/css');
  });

  it('keeps names with spaces, other letters and signs byte for byte', async () => {
    const place = await embedded.open();
    const names = ['a b', 'ü 雪 🎉', '100%', '%41', 'a+b', 'a&b=c', '#?', "it's", ...oddNames];
    await writeTree(place.dir, Object.fromEntries(names.map((name) => [join('dir', name), name])));
    expect(await place.partwise(['put', '-r', 'dir', place.location('p/')])).toMatchObject({ code: 0 });
    expect((await listKeys(place)).toSorted()).toEqual(names.map((name) => `p/${name}`).toSorted());
    for (const name of names) expect((await readObject(place, `p/${name}`)).toString()).toBe(name);
  });

  it('stores several sources beside each other', async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'a/1': '1', 'b/2': '2', '3': '3' });
    const put = await place.partwise(['put', '-r', 'a', 'b', '3', place.location('p/')]);
    expect(put).toMatchObject({ code: 0 });
    expect(await listKeys(place)).toEqual(['p/1', 'p/2', 'p/3']);
  });

  it('of an empty directory ends with 0 and says so', async () => {
    const place = await embedded.open();
    await mkdir(join(place.dir, 'empty'));
    const put = await place.partwise(['put', '-r', 'empty', place.location('p/')]);
    expect(put.code).toBe(0);
    expect(put.stderr).toMatch(/no files/);
    expect(await listKeys(place)).toEqual([]);
  });

  it.skipIf(withoutShell)(`skips symbolic links and counts them${withoutShell}`, async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'dir/file': 'text', outside: 'secret' });
    await symlink('../outside', join(place.dir, 'dir', 'link'));
    await symlink('.', join(place.dir, 'dir', 'loop'));
    await symlink('nowhere', join(place.dir, 'dir', 'dangling'));
    const put = await place.partwise(['put', '-r', '--json', 'dir', place.location('p/')]);
    expect(put.code).toBe(0);
    expect(await listKeys(place)).toEqual(['p/file']);
    const lines = put.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ status }) => status === 'skipped')).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', exitCode: 0, done: 1, skipped: 3, failed: 0 });
  });

  it.skipIf(withoutShell)(`reports a FIFO with 3, and does not wait for it${withoutShell}`, async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'dir/file': 'text' });
    const put = await place.shell(`mkfifo dir/pipe && partwise put -r dir '${place.location('p/')}'`);
    expect(put.code).toBe(3);
    expect(put.stderr).toMatch(/dir\/pipe .*FIFO/);
    expect(await listKeys(place)).toEqual(['p/file']);
  });

  it('stores the other files when one cannot be stored, and ends with 3', async () => {
    const place = await embedded.open();
    // A key may have 1024 bytes; the directories above make this one too long for the server.
    const deep = Array.from({ length: 5 }, () => 'd'.repeat(200)).join('/');
    await writeTree(place.dir, { 'dir/good': 'text', 'dir/also': 'text' });
    const long = `${'k'.repeat(900)}/`;
    await mkdir(join(place.dir, 'dir', deep), { recursive: true });
    await writeFile(join(place.dir, 'dir', deep, 'bad'), 'text');
    const put = await place.partwise(['put', '-r', 'dir', place.location(long)]);
    expect(put.code).toBe(3);
    expect(put.stderr).toMatch(/^partwise: .*KeyTooLong/m);
    expect(await listKeys(place)).toEqual([`${long}also`, `${long}good`]);
    expect(await listUploads(place)).toEqual([]);
  });
});
