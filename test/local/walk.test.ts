import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDisk } from '../../src/local/disk.ts';
import { openTree, type Tree } from '../../src/local/tree.ts';
import { walk } from '../../src/local/walk.ts';

const { signal } = new AbortController();
const isRoot = process.getuid?.() === 0;
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'partwise-walk-'));
});
afterEach(() => rm(root, { recursive: true }));

/** What was found, a line each: files by their relative path, the rest with its reason. */
async function list(options: { followSymlinks?: boolean } = {}): Promise<string[]> {
  const lines: string[] = [];
  const tree = options.followSymlinks ? undefined : await open(root);
  for await (const found of walk(root, { signal, tree })) {
    expect(found.path).toBe(join(root, found.relative));
    lines.push(found.type === 'file' ? found.relative : `${found.relative}: ${found.reason}`);
  }
  return lines;
}

async function open(path: string, canPin = true): Promise<Tree> {
  const tree = await openTree(path, createDisk(), { canPin });
  onTestFinished(() => tree.close());
  return tree;
}

async function touch(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), '');
  }
}

describe('walk', () => {
  it('lists files in the order of their keys', async () => {
    await touch('b', 'a/2', 'a/1', 'a.txt', 'a-b', 'ä', 'Z', '\u{1f600}', '\uffee');
    expect(await list()).toEqual(['Z', 'a-b', 'a.txt', 'a/1', 'a/2', 'b', 'ä', '\uffee', '\u{1f600}']);
  });

  it('lists nothing of empty directories', async () => {
    await mkdir(join(root, 'a/b'), { recursive: true });
    expect(await list()).toEqual([]);
  });

  it('tells odd names apart byte by byte', async () => {
    const names = ['-rf', ' ', 'a\nb', '\u001b[2J', 'a\\b', '%2e'];
    await touch(...names);
    expect(await list()).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it('skips symbolic links', async () => {
    await touch('dir/file');
    await symlink('dir', join(root, 'to-dir'));
    await symlink('dir/file', join(root, 'to-file'));
    await symlink('gone', join(root, 'to-nowhere'));
    expect(await list()).toEqual(['dir/file', 'to-dir: symlink', 'to-file: symlink', 'to-nowhere: symlink']);
  });

  it('follows symbolic links when asked to, but not in circles', async () => {
    await touch('dir/file');
    await symlink('..', join(root, 'dir/up'));
    await symlink('self', join(root, 'self'));
    await symlink('dir', join(root, 'to-dir'));
    await symlink('dir/file', join(root, 'to-file'));
    await symlink('gone', join(root, 'to-nowhere'));
    expect(await list({ followSymlinks: true })).toEqual([
      'dir/file',
      'dir/up: loop',
      'self: loop',
      'to-dir/file',
      'to-dir/up: loop',
      'to-file',
      'to-nowhere: symlink',
    ]);
  });

  it.skipIf(process.platform === 'win32')('skips FIFOs and sockets without opening them', async () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(join(root, 'socket'), resolve));
    expect(await list()).toEqual(['fifo: fifo', 'socket: socket']);
    await new Promise((resolve) => void server.close(resolve));
  });

  it.skipIf(process.platform !== 'linux')('skips names that are no UTF-8, directories included', async () => {
    await touch('good');
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), '');
    await mkdir(Buffer.concat([Buffer.from(`${root}/dir`), Buffer.from([0xc3])]));
    expect(await list()).toEqual(['bad\ufffd: name', 'dir\ufffd: name', 'good']);
  });

  it('tells a directory that vanished, and goes on', async () => {
    await touch('a', 'b/x', 'c');
    const lines: string[] = [];
    for await (const found of walk(root, { signal, tree: await open(root) })) {
      lines.push(found.type === 'file' ? found.relative : `${found.relative}: ${found.reason}`);
      if (found.relative === 'a') await rm(join(root, 'b'), { recursive: true });
    }
    expect(lines).toEqual(['a', 'b: vanished', 'c']);
  });

  it.skipIf(isRoot)('tells a directory that cannot be read, and goes on', async () => {
    await touch('a', 'b/x', 'c');
    await chmod(join(root, 'b'), 0o000);
    expect(await list()).toEqual(['a', 'b: unreadable', 'c']);
    await chmod(join(root, 'b'), 0o700);
  });

  it('throws what is wrong with the root itself', async () => {
    await touch('file');
    for (const [name, code] of [
      ['gone', 'ENOENT'],
      ['file', 'ENOTDIR'],
    ] as const) {
      await expect(open(join(root, name))).rejects.toMatchObject({ kind: 'disk', code });
      await expect(walk(join(root, name), { signal, tree: undefined }).next()).rejects.toMatchObject({
        code,
      });
    }
  });

  it.each([true, false])('enters no link that took the place of a directory (held: %s)', async (canPin) => {
    await touch('a', 'b/c/x', 'd');
    await mkdir(join(root, '../', `${basename(root)}-secret/c`), { recursive: true });
    const secret = join(root, '..', `${basename(root)}-secret`);
    onTestFinished(() => rm(secret, { recursive: true }));
    await writeFile(join(secret, 'c/passwd'), 'secret');
    const lines: string[] = [];
    for await (const found of walk(root, { signal, tree: await open(root, canPin) })) {
      lines.push(found.type === 'file' ? found.relative : `${found.relative}: ${found.reason}`);
      if (found.relative === 'a') {
        await rename(join(root, 'b'), join(root, 'old'));
        await symlink(secret, join(root, 'b'));
      }
    }
    expect(lines).toEqual(['a', 'b: symlink', 'd']);
  });

  it('stops when it is told to', async () => {
    await touch('a', 'b');
    const controller = new AbortController();
    const walking = walk(root, { signal: controller.signal, tree: await open(root) });
    await walking.next();
    controller.abort();
    await expect(walking.next()).rejects.toMatchObject({ kind: 'interrupted' });
  });
});
