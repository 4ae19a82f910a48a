import { spawnSync } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { listTree, makeBytes } from '../support/processes/files.ts';
import { storeObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const embedded = startEmbedded();
const isPosix = process.platform !== 'win32';
const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const posixOnly = isPosix ? '' : ' (skipped: needs POSIX file modes)';
const rootOnly = canMount ? '' : ' (skipped: only root on Linux can mount a small disk)';

describe('a target', () => {
  it('in a directory that is not there ends with 8 before any request', async () => {
    const place = await embedded.open();
    const requests = await place.requestsDuring(async () => {
      const get = await place.partwise(['get', place.location('key'), 'none/file']);
      expect(get.code).toBe(8);
      expect(get.stderr).toMatch(/directory none does not exist/);
    });
    expect(requests).toEqual([]);
  });

  it('that ends in a slash is made, with those above it', async () => {
    const place = await embedded.open();
    await storeObject(place, 'dir/key', 'text');
    expect(await place.partwise(['get', place.location('dir/key'), 'a/b/'])).toMatchObject({ code: 0 });
    expect(await listTree(place.dir)).toEqual(['a/', 'a/b/', 'a/b/key']);
  });

  it('that is a directory takes the object under its own name', async () => {
    const place = await embedded.open();
    await storeObject(place, 'dir/key', 'text');
    await mkdir(join(place.dir, 'there'));
    expect(await place.partwise(['get', place.location('dir/key'), 'there'])).toMatchObject({ code: 0 });
    expect(await listTree(place.dir)).toEqual(['there/', 'there/key']);
  });

  it('is not touched when the object is not there', async () => {
    const place = await embedded.open();
    const target = join(place.dir, 'file');
    await writeFile(target, 'old');
    await utimes(target, 1_000_000, 1_000_000);
    expect((await place.partwise(['get', place.location('none'), 'file'])).code).toBe(4);
    expect(await readFile(target, 'utf8')).toBe('old');
    expect((await stat(target)).mtimeMs).toBe(1_000_000_000);
    expect(await listTree(place.dir)).toEqual(['file']);
  });

  it.skipIf(!isPosix)(
    `hands its permission bits on, and a new one follows the umask${posixOnly}`,
    async () => {
      const place = await embedded.open();
      await storeObject(place, 'key', 'new');
      await writeFile(join(place.dir, 'old'), 'old');
      await chmod(join(place.dir, 'old'), 0o751);
      const get = (target: string): string => `partwise get '${place.location('key')}' ${target}`;
      expect(await place.shell(`umask 027; ${get('old')} && ${get('new')}`)).toMatchObject({ code: 0 });
      expect(((await stat(join(place.dir, 'old'))).mode & 0o777).toString(8)).toBe('751');
      expect(((await stat(join(place.dir, 'new'))).mode & 0o777).toString(8)).toBe('640');
    },
  );

  it.skipIf(!isPosix)(`that is a symbolic link is replaced, not followed${posixOnly}`, async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'new');
    await writeFile(join(place.dir, 'precious'), 'old');
    await symlink('precious', join(place.dir, 'link'));
    expect(await place.partwise(['get', place.location('key'), 'link'])).toMatchObject({ code: 0 });
    expect(await readFile(join(place.dir, 'precious'), 'utf8')).toBe('old');
    expect((await lstat(join(place.dir, 'link'))).isFile()).toBe(true);
  });
});

describe.skipIf(!canMount)(`a disk that is full${rootOnly}`, () => {
  it('ends with 8 before the first byte, the old file untouched and nothing left', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', makeBytes(12 * MiB));
    const root = join(place.dir, 'disk');
    await mkdir(root);
    mount(root, 4 * MiB);
    await writeFile(join(root, 'file'), 'old');
    const requests = await place.requestsDuring(async () => {
      const get = await place.partwise(['get', '-s', '5MiB', place.location('key'), 'disk/file']);
      expect(get.code).toBe(8);
      expect(get.stderr).toMatch(/no space left .*needs \d+ more bytes/);
    });
    expect(requests.map(({ method }) => method)).not.toContain('GET');
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('old');
    expect(await listTree(root)).toEqual(['file']);
  });

  it('ends with 8 when the shell writes stdout there', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', makeBytes(12 * MiB));
    const root = join(place.dir, 'disk');
    await mkdir(root);
    mount(root, 4 * MiB);
    const get = await place.shell(`partwise get -s 5MiB '${place.location('key')}' - > disk/file`);
    expect(get.code).toBe(8);
    expect(get.stderr).toMatch(/no space left/);
  });
});

function mount(path: string, size: number): void {
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', [path]));
}
