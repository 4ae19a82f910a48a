import { describe, expect, it } from 'vitest';
import { startEmbedded, type EmbeddedPlace } from '../support/processes/embedded.ts';
import { beginUpload, storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();

async function openWith(objects: Readonly<Record<string, string>>): Promise<EmbeddedPlace> {
  const place = await embedded.open();
  for (const [key, body] of Object.entries(objects)) await storeObject(place, key, body);
  return place;
}

/** The keys a listing shows: `-0` prints them as they are. */
async function keysOf(place: EmbeddedPlace, ...args: readonly string[]): Promise<string[]> {
  const ended = await place.partwise(['ls', '-0', ...args]);
  expect(ended.code).toBe(0);
  return ended.stdout.split('\0').slice(0, -1);
}

describe('ls', () => {
  it('-l tells ETag, storage class and checksum algorithm', async () => {
    const place = await openWith({ key: 'hello' });
    const { stdout } = await place.partwise(['ls', '-l', place.location()]);
    expect(stdout).toMatch(/ 5 {2}5d41402abc4b2a76b9719d911017c592 {2}STANDARD {2}crc32 {2}key\n$/);
  });

  it('--parallel shows the same, in the same order, and only with -r', async () => {
    const place = await openWith({ a: '', 'd/1': '', 'd/2': '', 'e/f/g': '', z: '' });
    const keys = await keysOf(place, '-r', place.location());
    expect(await keysOf(place, '-r', '--parallel', '4', place.location())).toEqual(keys);
    expect(await keysOf(place, '-r', '--parallel', '4', '--max-keys', '3', place.location())).toEqual(
      keys.slice(0, 3),
    );
    for (const args of [[], ['-r', '--versions'], ['-I'], ['-r', '--exact']])
      expect((await place.partwise(['ls', '--parallel', '4', ...args, place.location()])).code).toBe(2);
  });

  it('--summarize ends with the totals, which JSON always has', async () => {
    const place = await openWith({ a: 'x', b: 'xy', 'dir/c': 'xyz' });
    const last = async (...args: string[]): Promise<string | undefined> =>
      (await place.partwise(['ls', ...args, place.location()])).stdout.trimEnd().split('\n').at(-1);
    expect(await last('--summarize')).toBe('total: 2 objects, 1 prefix, 3 bytes (3 B)');
    expect(await last('--summarize', '-r')).toBe('total: 3 objects, 6 bytes (6 B)');
    expect(JSON.parse((await last('--json')) ?? '')).toMatchObject({
      objects: 2,
      prefixes: 1,
      bytes: 3,
      count: 3,
    });
  });

  it('--versions shows the id of each', async () => {
    const place = await openWith({ 'dir/a': 'x', b: 'xy' });
    const { stdout, code } = await place.partwise(['ls', '--versions', place.location()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ 2 {2}null {2}b\n {31}PRE {2}dir\/\n$/);
    expect(await keysOf(place, '--versions', '-r', place.location())).toEqual(['b', 'dir/a']);
  });

  it('chooses by name below the last slash, the last pattern that matches deciding', async () => {
    const place = await openWith({ 'd/a.log': '', 'd/b.txt': '', 'd/sub/c.log': '' });
    expect(await keysOf(place, '-r', '--exclude', '*', '--include', '*.log', place.location('d/'))).toEqual([
      'd/a.log',
      'd/sub/c.log',
    ]);
    expect(await keysOf(place, '-r', '--exclude', 'sub/**', place.location('d/'))).toEqual([
      'd/a.log',
      'd/b.txt',
    ]);
    expect(await keysOf(place, '--exclude', 'sub', place.location('d/'))).toEqual(['d/a.log', 'd/b.txt']);
  });

  it('chooses by size, and then shows no prefixes', async () => {
    const place = await openWith({ one: 'x', two: 'xy', three: 'xyz', 'dir/x': 'xyz' });
    expect(await keysOf(place, '--larger-than', '1', '--smaller-than', '3', place.location())).toEqual([
      'two',
    ]);
    expect(await keysOf(place, '-r', '--larger-than', '2', '--max-keys', '1', place.location())).toEqual([
      'dir/x',
    ]);
  });

  it('chooses by time, given as a moment or as a duration', async () => {
    const place = await embedded.open();
    embedded.server.advance(-3 * 86_400_000);
    await storeObject(place, 'old', '');
    embedded.server.advance(3 * 86_400_000);
    // The SDK follows the server's clock, but not back.
    place.client.config.systemClockOffset = 0;
    await storeObject(place, 'new', '');
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    expect(await keysOf(place, '--newer-than', '2d', place.location())).toEqual(['new']);
    expect(await keysOf(place, '--older-than', yesterday, place.location())).toEqual(['old']);
    expect(await keysOf(place, '--older-than', yesterday.slice(0, 10), place.location())).toEqual(['old']);
    const bad = await place.partwise(['ls', '--newer-than', 'yesterday', place.location()]);
    expect(bad).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--newer-than: "yesterday" is no time/),
    });
  });

  it('refuses to choose among what is no object', async () => {
    const place = await embedded.open();
    await beginUpload(place, 'key');
    for (const args of [['--larger-than', '1'], ['-I', '--include', '*', place.location()], ['--versions']])
      expect((await place.partwise(['ls', ...args])).code).toBe(2);
  });
});

describe('ls of a server that knows only version 1 of the request', () => {
  const ignoring = startEmbedded({ listV2: 'ignored', pageSize: 4 });

  it('lists every key over several pages, and says so once', async () => {
    const place = await ignoring.open();
    const keys = Array.from({ length: 11 }, (_, index) => `k${String(index).padStart(2, '0')}/x`);
    for (const key of keys) await storeObject(place, key, '');
    const all = await place.partwise(['ls', '-r', '-0', place.location()]);
    expect(all.stdout.split('\0').slice(0, -1)).toEqual(keys);
    expect(all.stderr.match(/version 1/g)).toHaveLength(1);
    const prefixes = await place.partwise(['ls', '-0', '--start-after', 'k05/x', place.location()]);
    expect(prefixes.stdout.split('\0').slice(0, -1)).toEqual(['k06/', 'k07/', 'k08/', 'k09/', 'k10/']);
  });
});
