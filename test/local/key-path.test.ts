import { lstat, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDisk } from '../../src/local/disk.ts';
import { openTree } from '../../src/local/tree.ts';
import {
  type KeyPath,
  keyOfPath,
  openParent,
  pathOfKey,
  type Refusal,
  type Refused,
} from '../../src/local/key-path.ts';

const anyKey = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('.', '..', '/', 'a', 'b', '\\', 'C:', '\0', '\ud800', ' ', 'nul', '%2e', 'é'))
    .map((all) => all.join('')),
);

describe('pathOfKey', () => {
  it.each<[string, Refusal]>([
    ['', 'empty'],
    ['/', 'absolute'],
    ['/abs', 'absolute'],
    ['../x', 'dot-segment'],
    ['..', 'dot-segment'],
    ['../', 'dot-segment'],
    ['a/../../x', 'dot-segment'],
    ['a/..', 'dot-segment'],
    ['./x', 'dot-segment'],
    ['a/./b', 'dot-segment'],
    ['a//b', 'empty-segment'],
    ['a//', 'empty-segment'],
    ['a\0b', 'nul'],
    ['a\ud800b', 'unicode'],
    ['x'.repeat(300), 'too-long'],
    [`a/${'é'.repeat(128)}`, 'too-long'],
  ])('refuses %j (%s) everywhere', (key, refused) => {
    expect(pathOfKey(key, 'linux')).toEqual({ refused });
    expect(pathOfKey(key, 'win32')).toEqual({ refused });
  });

  it.each<[string, Refusal]>([
    ['C:\\x', 'windows-character'],
    ['C:/x', 'windows-character'],
    ['..\\x', 'windows-character'],
    ['a/b:stream', 'windows-character'],
    ['a\u0007', 'windows-character'],
    ['nul', 'windows-name'],
    ['a/COM1.txt', 'windows-name'],
    ['dots.', 'windows-name'],
    ['.. ', 'windows-name'],
  ])('refuses %j (%s) on Windows only', (key, refused) => {
    expect(pathOfKey(key, 'win32')).toEqual({ refused });
    expect(pathOfKey(key, 'linux')).toEqual({ path: key, directory: false });
  });

  it.each([
    'a',
    'a/b.txt',
    '%2e%2e/x',
    '..a',
    '.hidden',
    '-rf',
    'a b/ü/日本',
    'null',
    'com/x',
    'x'.repeat(255),
  ])('accepts %j', (key) => {
    expect(pathOfKey(key, 'linux')).toEqual({ path: key, directory: false });
    expect(pathOfKey(key, 'win32')).toEqual({ path: key.replaceAll('/', '\\'), directory: false });
  });

  it('takes a slash at the end as the mark of a directory', () => {
    expect(pathOfKey('a/b/', 'linux')).toEqual({ path: 'a/b/', directory: true });
  });

  it.each([
    ['linux', posix],
    ['win32', win32],
  ] as const)('is inside the target or refused, and can be undone (%s)', (platform, paths) => {
    const root = platform === 'win32' ? 'D:\\target' : '/target';
    fc.assert(
      fc.property(anyKey, (key) => {
        const mapped = pathOfKey(key, platform);
        if ('refused' in mapped) return;
        const path = paths.resolve(root, mapped.path);
        expect(path.startsWith(root + paths.sep)).toBe(true);
        // Nothing is cleaned up on the way, and so no other key comes here.
        expect(paths.join(root, mapped.path)).toBe(root + paths.sep + mapped.path);
        expect(keyOfPath(mapped.path, platform)).toBe(key);
      }),
    );
  });
});

describe.each([true, false])('openParent (directories held: %s)', (canPin) => {
  let base = '';
  let root = '';

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'partwise-key-path-')));
    root = join(base, 'root');
    await mkdir(join(base, 'outside'));
    await mkdir(root);
  });
  afterEach(() => rm(base, { recursive: true }));

  async function openPath(mapped: KeyPath, at = root): Promise<{ readonly path: string } | Refused> {
    const disk = createDisk();
    const tree = await openTree(at, disk, { canPin });
    try {
      const opened = await openParent(tree, mapped, disk);
      if ('refused' in opened) return opened;
      opened.directory.release();
      return { path: opened.path };
    } finally {
      await tree.close();
    }
  }
  async function open(key: string, at = root): Promise<{ readonly path: string } | Refused> {
    const mapped = pathOfKey(key);
    return 'refused' in mapped ? mapped : await openPath(mapped, at);
  }

  it('makes the directories that are missing, and not the file', async () => {
    expect(await open('a/b/c.txt')).toEqual({ path: join(root, 'a/b/c.txt') });
    expect(await readdir(root, { recursive: true })).toEqual(['a', join('a', 'b')]);
  });

  it('makes the directory of a marker', async () => {
    expect(await open('a/b/')).toEqual({ path: join(root, 'a/b') });
    expect((await lstat(join(root, 'a/b'))).isDirectory()).toBe(true);
    expect(await open('a/b/')).toEqual({ path: join(root, 'a/b') });
  });

  it('lets many come at once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => open(`a/b/c/d/${n}`)));
    expect(all).toEqual(all.map((_, n) => ({ path: join(root, `a/b/c/d/${n}`) })));
  });

  it.each([
    ['an absolute link', () => join(base, 'outside')],
    ['a relative link', () => '../outside'],
    ['a link to a sibling whose name begins alike', () => '../root-2'],
    ['a link to nowhere', () => 'gone'],
    ['a link in circles', () => 'dir'],
    ['a link to the parent', () => '..'],
  ])('refuses %s', async (_, target) => {
    await mkdir(join(base, 'root-2'));
    await symlink(target(), join(root, 'dir'));
    expect(await open('dir/passwd')).toEqual({ refused: 'symlink-outside' });
    expect(await open('dir/sub/passwd')).toEqual({ refused: 'symlink-outside' });
    expect(await open('dir/')).toEqual({ refused: 'symlink-outside' });
    expect(await readdir(join(base, 'outside'))).toEqual([]);
    expect(await readdir(base)).toEqual(['outside', 'root', 'root-2']);
  });

  it('follows a link that stays inside, and answers without it', async () => {
    await mkdir(join(root, 'real'));
    await symlink('real', join(root, 'dir'));
    expect(await open('dir/x')).toEqual({ path: join(root, 'real/x') });
  });

  it('takes a root that is a link itself', async () => {
    await symlink(root, join(base, 'link'));
    expect(await open('a/x', join(base, 'link'))).toEqual({ path: join(root, 'a/x') });
  });

  it('does not follow the last name', async () => {
    await symlink(join(base, 'outside/victim'), join(root, 'x'));
    expect(await open('x')).toEqual({ path: join(root, 'x') });
    expect(await readlink(join(root, 'x'))).toBe(join(base, 'outside/victim'));
  });

  it('refuses a file where a directory must be, and the other way round', async () => {
    await writeFile(join(root, 'a'), '');
    await symlink('a', join(root, 'link'));
    await mkdir(join(root, 'd'));
    expect(await open('a/b')).toEqual({ refused: 'not-a-directory' });
    expect(await open('link/b')).toEqual({ refused: 'not-a-directory' });
    expect(await open('d')).toEqual({ refused: 'is-a-directory' });
  });

  it('does not climb, wherever the path comes from', async () => {
    expect(await openPath({ path: '../outside/x', directory: false })).toEqual({
      refused: 'dot-segment',
    });
  });
});
