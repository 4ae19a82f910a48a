import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDisk, type Disk } from '../../src/local/disk.ts';
import { openParent } from '../../src/local/key-path.ts';
import {
  createTakenPaths,
  EXACT_NAMES,
  findNameRules,
  foldName,
  type NameRules,
} from '../../src/local/name-rules.ts';
import { openTree } from '../../src/local/tree.ts';

const disk = createDisk();
let root = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'partwise-names-')));
});
afterEach(() => rm(root, { recursive: true }));

/** A file system that takes names for one by these rules, and keeps the first spelling, like APFS and NTFS. */
function folding(rules: NameRules): Disk {
  const spelt = async (path: string): Promise<string> => {
    const names = await disk.readdir(dirname(path)).catch((): string[] => []);
    const same = names.find((name) => foldName(name, rules) === foldName(basename(path), rules));
    return same === undefined ? path : join(dirname(path), same);
  };
  return {
    ...disk,
    open: async (path, flags, mode) => await disk.open(await spelt(path), flags, mode),
    lstat: async (path) => await disk.lstat(await spelt(path)),
    stat: async (path) => await disk.stat(await spelt(path)),
    mkdir: async (path) => await disk.mkdir(await spelt(path)),
    unlink: async (path) => await disk.unlink(await spelt(String(path))),
  };
}

const WORLDS: readonly NameRules[] = [
  EXACT_NAMES,
  { ignoresCase: true, ignoresForm: false },
  { ignoresCase: false, ignoresForm: true },
  { ignoresCase: true, ignoresForm: true },
];

describe.each(WORLDS)('a file system that ignores %o', (rules) => {
  it('is found out, and nothing is left of the question', async () => {
    const tree = await openTree(root, folding(rules), { canPin: false });
    expect(await findNameRules(tree, folding(rules))).toEqual(rules);
    expect(await readdir(root)).toEqual([]);
    await tree.close();
  });

  it('keeps one file for each name that it tells apart, and no name is taken twice', () => {
    const names = [
      'README',
      'readme',
      'caf\u00e9',
      'cafe\u0301',
      'CAF\u00c9',
      'stra\u00dfe',
      'STRASSE',
      'dir/a',
      'Dir/a',
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(names), (keys) => {
        const taken = createTakenPaths(rules, true);
        const files = new Map<string, string>();
        for (const key of keys) {
          if (!taken.take(key)) continue;
          const file = foldName(key, rules);
          expect(files.has(file)).toBe(false);
          files.set(file, key);
        }
        // Nothing is refused that has a file of its own.
        expect(files.size).toBe(new Set(keys.map((key) => foldName(key, rules))).size);
      }),
    );
  });

  it('lets no object replace a file whose name differs in case', async () => {
    await mkdir(join(root, 'sub'));
    await writeFile(join(root, 'sub/README'), 'old');
    const how = folding(rules);
    const tree = await openTree(root, how, { canPin: false });
    const open = async (name: string): Promise<string> => {
      const opened = await openParent(tree, { path: join('sub', name), directory: false }, how, rules);
      if ('refused' in opened) return opened.refused;
      opened.directory.release();
      return 'opened';
    };
    expect(await open('README')).toBe('opened');
    expect(await open('readme')).toBe(rules.ignoresCase ? 'other-case' : 'opened');
    await tree.close();
  });
});

it('names of several listings are taken once, also where names are exact', () => {
  const taken = createTakenPaths(EXACT_NAMES, false);
  expect([taken.take('a'), taken.take('A'), taken.take('a')]).toEqual([true, true, false]);
});
