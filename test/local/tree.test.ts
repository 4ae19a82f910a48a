import { constants, readFileSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDisk, type Disk } from '../../src/local/disk.ts';
import { openFile } from '../../src/local/file-source.ts';
import { fileSink } from '../../src/local/file-sink.ts';
import { openParent } from '../../src/local/key-path.ts';
import { openTree, type Tree } from '../../src/local/tree.ts';

const { signal } = new AbortController();
const disk = createDisk();
let base = '';

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'partwise-tree-')));
  await mkdir(join(base, 'root/sub'), { recursive: true });
  await mkdir(join(base, 'outside'));
  await writeFile(join(base, 'root/sub/file'), 'own');
  await writeFile(join(base, 'outside/file'), 'secret');
});
afterEach(() => rm(base, { recursive: true }));

async function open(canPin: boolean, how: Disk = disk): Promise<Tree> {
  const tree = await openTree(join(base, 'root'), how, { canPin });
  onTestFinished(() => tree.close());
  return tree;
}

async function swapDirectory(): Promise<void> {
  await rename(join(base, 'root/sub'), join(base, 'root/old'));
  await symlink(join(base, 'outside'), join(base, 'root/sub'));
}

async function readWithin(tree: Tree, relative: string): Promise<string> {
  const source = await openFile(join(base, 'root', relative), { within: { tree, relative } });
  onTestFinished(() => source.close());
  const into = new Uint8Array(source.size);
  await source.read(0, into, { signal });
  return Buffer.from(into).toString();
}

describe.each([true, false])('a file that a walk found (directories held: %s)', (canPin) => {
  it('is read', async () => {
    expect(await readWithin(await open(canPin), join('sub', 'file'))).toBe('own');
  });

  it('is not opened once it is a link', async () => {
    const tree = await open(canPin);
    await rm(join(base, 'root/sub/file'));
    await symlink(join(base, 'outside/file'), join(base, 'root/sub/file'));
    await expect(readWithin(tree, join('sub', 'file'))).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('is not looked for behind a link that took the place of its directory', async () => {
    const tree = await open(canPin);
    await swapDirectory();
    await expect(readWithin(tree, join('sub', 'file'))).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('is never read from elsewhere, whenever its directory is exchanged', async () => {
    // A swap before any of the calls that opening takes: whatever is read, it is not the secret.
    for (let call = 0; call < 12; call++) {
      let calls = 0;
      const swapping: Disk = {
        ...disk,
        open: async (...given) => {
          if (calls++ === call) await swapDirectory().catch(() => undefined);
          return await disk.open(...given);
        },
        lstat: async (path) => {
          if (calls++ === call) await swapDirectory().catch(() => undefined);
          return await disk.lstat(path);
        },
      };
      const tree = await open(canPin, swapping);
      const fd = await tree.openFile(join('sub', 'file'), constants.O_RDONLY).catch(() => undefined);
      if (fd !== undefined) {
        expect(readFileSync(fd, 'utf8')).toBe('own');
        await disk.close(fd);
      }
      await rm(join(base, 'root'), { recursive: true });
      await mkdir(join(base, 'root/sub'), { recursive: true });
      await writeFile(join(base, 'root/sub/file'), 'own');
    }
  });

  it('keeps few directories open, and all of them are entered again', async () => {
    const names = Array.from({ length: 40 }, (_, number) => `d${number}`);
    for (const name of names) await mkdir(join(base, 'root', name, 'deep/er'), { recursive: true });
    const fds = async (): Promise<number> => (await readdir('/proc/self/fd').catch(() => [])).length;
    const before = await fds();
    const tree = await open(canPin);
    for (let round = 0; round < 2; round++) {
      for (const name of names) (await tree.enter([name, 'deep', 'er'])).release();
    }
    expect((await fds()) - before).toBeLessThan(16);
  });
});

describe.each([true, false])('a file that is fetched into a tree (directories held: %s)', (canPin) => {
  const fetchInto = async (tree: Tree, meanwhile: (step: string) => Promise<void>): Promise<void> => {
    const opened = await openParent(tree, { path: join('sub', 'pwned'), directory: false }, disk);
    if ('refused' in opened) throw new Error(opened.refused);
    const sink = fileSink(opened.path, { directory: opened.directory });
    try {
      await meanwhile('looked');
      await sink.open(3);
      await meanwhile('opened');
      await sink.write(0, Buffer.from('new'), { signal });
      await sink.commit();
    } catch (error) {
      await sink.discard();
      throw error;
    }
  };

  it.each(['looked', 'opened'])(
    'goes nowhere when its directory was exchanged once it was %s',
    async (when) => {
      const tree = await open(canPin);
      const fetching = fetchInto(tree, async (step) => void (step === when && (await swapDirectory())));
      await expect(fetching).rejects.toMatchObject({ kind: 'disk', code: 'ESTALE' });
      expect(await readdir(join(base, 'outside'))).toEqual(['file']);
      if (canPin) expect(await readdir(join(base, 'root/old'))).toEqual(['file']);
    },
  );

  it('goes where it should when nothing happens', async () => {
    await fetchInto(await open(canPin), async () => undefined);
    expect(await readdir(join(base, 'root/sub'))).toEqual(['file', 'pwned']);
  });
});

describe('a name that is taken only where nothing stands', () => {
  const sinkWith = (how: Disk): ReturnType<typeof fileSink> =>
    fileSink(join(base, 'root/f'), { overwrite: false, disk: how });
  const failing = (code: string) => async (): Promise<never> => {
    throw Object.assign(new Error(code), { code });
  };
  const noLinks: Disk = { ...disk, link: failing('EPERM') };
  const fill = async (how: Disk, text = 'new'): Promise<void> => {
    const sink = sinkWith(how);
    await sink.open(text.length);
    await sink.write(0, Buffer.from(text), { signal });
    try {
      await sink.commit();
    } catch (error) {
      await sink.discard();
      throw error;
    }
  };
  const names = async (): Promise<string[]> => await readdir(join(base, 'root'));

  it('is taken without hard links, too', async () => {
    await fill(noLinks);
    expect(readFileSync(join(base, 'root/f'), 'utf8')).toBe('new');
    expect(await names()).toEqual(['f', 'sub']);
    await expect(fill(noLinks)).rejects.toMatchObject({ kind: 'precondition' });
    await expect(fill(disk)).rejects.toMatchObject({ kind: 'precondition' });
    expect(await names()).toEqual(['f', 'sub']);
  });

  it('is given back when the bytes cannot take it', async () => {
    let renames = 0;
    const broken: Disk = {
      ...noLinks,
      rename: async (from, to) => {
        if (++renames === 2) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        await disk.rename(from, to);
      },
    };
    await expect(fill(broken)).rejects.toMatchObject({ kind: 'disk', code: 'EIO' });
    expect(await names()).toEqual(['sub']);
  });

  it.each([true, false])(
    'is taken over from a program that was killed over it (links: %s)',
    async (hasLinks) => {
      // As it stands after a kill between the two calls.
      await writeFile(join(base, 'root/f'), '');
      await writeFile(join(base, 'root/.f.0123abcd.name'), 'old bytes');
      await fill(hasLinks ? disk : noLinks);
      expect(readFileSync(join(base, 'root/f'), 'utf8')).toBe('new');
      expect(await names()).toEqual(['f', 'sub']);
    },
  );

  it('is left alone where an empty file is meant', async () => {
    await writeFile(join(base, 'root/f'), '');
    await writeFile(join(base, 'root/.f.0123abcd.part'), 'of an interrupted get');
    await writeFile(join(base, 'root/.ff.0123abcd.name'), 'a claim to another name');
    await expect(fill(noLinks)).rejects.toMatchObject({ kind: 'precondition' });
    await rm(join(base, 'root/.ff.0123abcd.name'));
    await writeFile(join(base, 'root/.f.0123abcd.name'), 'a claim');
    await link(join(base, 'root/f'), join(base, 'root/second name'));
    await expect(fill(noLinks)).rejects.toMatchObject({ kind: 'precondition' });
    expect(readFileSync(join(base, 'root/f'), 'utf8')).toBe('');
  });
});
