import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { readObject, storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const isLinux = process.platform === 'linux';

describe('objects that would become one file', () => {
  it('are refused before the first request, where they are named', async () => {
    const place = await embedded.open();
    await storeObject(place, 'p1/same.txt', 'one');
    await storeObject(place, 'p2/same.txt', 'two');
    const words = [place.location('p1/same.txt'), place.location('p2/same.txt')];
    const requests = await place.requestsDuring(async () => {
      const { code, stderr } = await place.partwise(['get', ...words, 'dir/']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('would both become same.txt')]);
    });
    expect(requests).toEqual([]);
    // To stdout they follow one another.
    expect((await place.partwise(['get', ...words, '-'])).stdout).toBe('onetwo');
  });

  it('are refused by name but for the first, where they are listed', async () => {
    const place = await embedded.open();
    for (const key of ['p1/same.txt', 'p1/a', 'p2/same.txt', 'p2/b']) await storeObject(place, key, key);
    const args = ['get', '-r', place.location('p1/'), place.location('p2/'), 'dir/'];
    const { code, stderr } = await place.partwise(args);
    expect([code, stderr]).toEqual([3, expect.stringContaining('p2/same.txt was refused')]);
    expect((await readdir(join(place.dir, 'dir'))).toSorted()).toEqual(['a', 'b', 'same.txt']);
    expect(await readFile(join(place.dir, 'dir', 'same.txt'), 'utf8')).toBe('p1/same.txt');
  });
});

describe.runIf(isLinux)('files whose size says nothing of their bytes', () => {
  it('are stored as they are read', async () => {
    const place = await embedded.open();
    for (const path of [
      '/proc/version',
      '/proc/filesystems',
      '/sys/kernel/mm/transparent_hugepage/enabled',
    ]) {
      const content = await readFile(path).catch(() => undefined);
      if (content === undefined) continue;
      const { code, stderr } = await place.partwise(['put', path, place.location('key')]);
      expect([path, code, stderr]).toEqual([path, 0, expect.any(String)]);
      expect((await readObject(place, 'key')).equals(content)).toBe(true);
    }
  });

  it('are no matter for files that are what they say', async () => {
    const place = await embedded.open();
    for (const size of [0, 1, 4095, 4096, 4097]) {
      await writeFile(join(place.dir, 'file'), 'x'.repeat(size));
      const { code, stdout } = await place.partwise(['put', '--json', 'file', place.location('key')]);
      expect([size, code, stdout]).toEqual([size, 0, expect.stringContaining(`"bytes":${size},"parts":1`)]);
      expect((await readObject(place, 'key')).byteLength).toBe(size);
    }
  });
});
