import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { listTree } from '../support/processes/files.ts';
import { withoutShell } from '../support/processes/place.ts';
import { storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();

describe('the target of a get', () => {
  it.each([[[]], [['.']], [['./']]])('is the current directory, under whole names: %j', async (target) => {
    const place = await embedded.open();
    await storeObject(place, 'a/file.txt', 'text');
    const got = await place.partwise(['get', place.location('a/file.txt'), ...target]);
    expect(got.code).toBe(0);
    expect(await listTree(place.dir)).toEqual(['file.txt']);
  });

  it.each(['.', './', 'deep/er/', '../work'])(
    'keeps the names of a prefix whole below %s',
    async (target) => {
      const place = await embedded.open();
      for (const key of ['aaX', 'bbX', 'sub/ccX']) await storeObject(place, key, key);
      expect((await place.partwise(['get', '-r', place.location(), target])).code).toBe(0);
      for (const key of ['aaX', 'bbX', 'sub/ccX']) {
        expect(await readFile(join(place.dir, target, key), 'utf8')).toBe(key);
      }
    },
  );

  it.skipIf(withoutShell)('is never more readable on its way than the file it replaces', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'new');
    await writeFile(join(place.dir, 'file'), 'old');
    await chmod(join(place.dir, 'file'), 0o600);
    expect((await place.partwise(['get', place.location('key'), 'file'])).code).toBe(0);
    expect((await stat(join(place.dir, 'file'))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(withoutShell)(
    'is refused when it is a link to a device, and replaced below a directory',
    async () => {
      const place = await embedded.open();
      await storeObject(place, 'null', 'text');
      await symlink('/dev/null', join(place.dir, 'null'));
      const named = await place.partwise(['get', place.location('null'), 'null']);
      expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('symbolic link to a device') });
      expect((await place.partwise(['get', place.location('null'), '.'])).code).toBe(0);
      expect(await readFile(join(place.dir, 'null'), 'utf8')).toBe('text');
    },
  );
});

describe.skipIf(withoutShell)('results', () => {
  it('that nobody reads any more do not stop the work', async () => {
    const place = await embedded.open();
    const script =
      'mkdir d; for i in 1 2 3 4 5; do echo $i > d/$i; done; partwise put -r d "$TARGET" | head -n 1';
    const ended = await place.shell(`set -o pipefail; ${script}`, { env: { TARGET: place.location('p/') } });
    expect(ended.code).toBe(0);
    const listed = await place.partwise(['ls', '-r', place.location()]);
    expect(listed.stdout.trim().split('\n')).toHaveLength(5);
  });

  it('that cannot be written make the end a failure', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    const ended = await place.shell('partwise put --json file "$TARGET" > /dev/full', {
      env: { TARGET: place.location('k') },
    });
    expect(ended).toMatchObject({ code: 8, stderr: expect.stringContaining('cannot write to stdout') });
  });

  it('name words that a shell reads back', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, "it's put"), Buffer.alloc(11 * 1024 ** 2));
    const put = await place.partwise([
      'put',
      '-s',
      '5MiB',
      '-c',
      '5000000000',
      "it's put",
      place.location('k'),
    ]);
    expect(put).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--concurrency: 5000000000 is too many'),
    });
  });
});
