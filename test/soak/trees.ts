import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestOfFile, digestOfObject } from '../support/processes/digests.ts';
import { listTree } from '../support/processes/files.ts';
import { listKeys, storeObject } from '../support/processes/remote.ts';
import { contentOf, digestOf } from './contents.ts';
import { differs } from './one-object.ts';
import type { Random } from './random.ts';
import { drawFlags, drawResume, MiB, PARTIAL, type Prepare } from './transfer.ts';

const PART_BYTES = 5 * MiB;

/** Puts a folder of small files, some of them of more than one part. */
export const putTree: Prepare = async (place, random, name) => {
  const tree = drawTree(random, name);
  for (const [path, bytes] of tree) await writeWithFolders(join(place.dir, 'tree', path), bytes);
  const check = async (isDone: boolean): Promise<string[]> => {
    const keys = await listKeys(place);
    const wrong =
      isDone && keys.length !== tree.size ? [`WRONG BYTES: ${keys.length} of ${tree.size} keys`] : [];
    for (const key of keys) {
      const wanted = tree.get(key.replace(/^to\//, ''));
      const found = await digestOfObject(place, key);
      wrong.push(...differs(key, found, [wanted && digestOf(wanted)]));
    }
    return wrong;
  };
  return {
    direction: 'put',
    what: `put a folder of ${tree.size} files`,
    args: ['put', '-r', ...drawTreeFlags(random), 'tree', place.location('to/')],
    bytes: sizeOf(tree),
    judgeDone: () => check(true),
    judgeFailed: () => check(false),
  };
};

/** Gets a prefix of small objects, some of them of more than one part. */
export const getTree: Prepare = async (place, random, name) => {
  const tree = drawTree(random, name);
  for (const [path, bytes] of tree) await storeObject(place, `from/${path}`, bytes);
  const check = async (isDone: boolean): Promise<string[]> => {
    const found = (await listTree(place.dir)).filter((path) => !path.endsWith('/'));
    const kept = found.filter((path) => path.endsWith('.part'));
    const files = found.filter((path) => !kept.includes(path));
    const wrong = isDone ? kept.map((path) => `${PARTIAL}${path}`) : [];
    if (isDone && files.length !== tree.size)
      wrong.push(`WRONG BYTES: ${files.length} of ${tree.size} files`);
    for (const path of files) {
      const wanted = tree.get(path.replace(/^tree\//, ''));
      wrong.push(...differs(path, await digestOfFile(join(place.dir, path)), [wanted && digestOf(wanted)]));
    }
    return wrong;
  };
  return {
    direction: 'get',
    forgetsPartials: true,
    what: `get a prefix of ${tree.size} objects`,
    args: ['get', '-r', ...drawTreeFlags(random), place.location('from/'), 'tree/'],
    bytes: sizeOf(tree),
    judgeDone: () => check(true),
    judgeFailed: () => check(false),
  };
};

function drawTree(random: Random, name: string): Map<string, Buffer> {
  const tree = new Map<string, Buffer>();
  for (let index = random.whole(2, 30); index > 0; index--) {
    const size = random.chance(0.1) ? random.whole(PART_BYTES, 3 * PART_BYTES) : random.whole(0, 200_000);
    const folder = random.pick(['', 'a/', 'a/deep er/', 'b/']);
    tree.set(`${folder}${index}.bin`, contentOf(`${name} ${index}`, size));
  }
  return tree;
}

function drawTreeFlags(random: Random): string[] {
  const flags = drawFlags(random, { partBytes: PART_BYTES });
  return [...flags, ...drawResume(random), '-j', String(random.whole(1, 8))];
}

function sizeOf(tree: ReadonlyMap<string, Buffer>): number {
  return [...tree.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

async function writeWithFolders(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
