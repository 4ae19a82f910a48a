import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../../src/cli/get-flags.ts';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { listTree, makeBytes } from '../support/processes/files.ts';
import { withoutShell } from '../support/processes/place.ts';
import { headObject, storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const BIG = makeBytes(21 * 1024 * 1024 + 7);

describe('--range', () => {
  it.each<[string, number, number]>([
    ['0-0', 0, 1],
    ['0-99', 0, 100],
    ['7000000-19000000', 7_000_000, 19_000_001],
    ['20000000-', 20_000_000, BIG.byteLength],
    ['-100', BIG.byteLength - 100, BIG.byteLength],
    ['0-999999999', 0, BIG.byteLength],
  ])('%s fetches just those bytes, into a file and to stdout', async (range, start, end) => {
    const place = await embedded.open();
    await storeObject(place, 'key', BIG);
    const flags = ['get', '-s', '5MiB', `--range=${range}`, place.location('key')];
    const file = await place.partwise([...flags, 'back']);
    expect([file.code, file.stderr]).toEqual([0, expect.any(String)]);
    expect(BIG.subarray(start, end).equals(await readFile(join(place.dir, 'back')))).toBe(true);
    expect(BIG.subarray(start, end).equals((await place.partwise([...flags, '-'])).bytes)).toBe(true);
    // Bytes that are all of it can be verified, others cannot.
    expect(file.stdout.includes('not verified')).toBe(end - start < BIG.byteLength);
  });

  it('that holds no byte, or is none, is a mistake: 2', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    for (const range of ['4-', '10-20', '-0', '2-1', 'x', '1-2,3-4'])
      expect((await place.partwise(['get', `--range=${range}`, place.location('key'), 'back'])).code).toBe(2);
    expect(await readdir(place.dir)).toEqual([]);
    expect(() => parseRange('-')).toThrow(/no range/);
  });
});

describe('stdout', () => {
  it('is no file: what is about files is refused, a dry run writes nothing, a condition holds', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    const { ETag = '' } = await headObject(place, 'key');
    const get = async (...flags: string[]): Promise<[number | null, string, string]> => {
      const { code, stdout, stderr } = await place.partwise(['get', ...flags, place.location('key'), '-']);
      return [code, stdout, stderr];
    };
    for (const flag of ['-u', '--compare=content', '--no-overwrite', '--preserve'])
      expect(await get(flag)).toEqual([2, '', expect.stringContaining('stdout is none')]);
    expect(await get('-n')).toEqual([0, '', expect.stringContaining('would get')]);
    expect(await get('--if-none-match', ETag)).toEqual([0, '', expect.stringContaining('skipped')]);
    expect(await get('--if-match', ETag)).toEqual([0, 'text', expect.any(String)]);
  });
});

describe('a condition', () => {
  it('on the ETag: --if-match ends with 9, --if-none-match skips with 0', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    const { ETag = '' } = await headObject(place, 'key');
    const get = async (...flags: string[]): Promise<[number | null, string]> => {
      const ended = await place.partwise(['get', ...flags, place.location('key'), 'back']);
      return [ended.code, ended.stdout];
    };
    expect(await get('--if-match', 'other')).toEqual([9, '']);
    expect(await get('--if-none-match', ETag)).toEqual([0, expect.stringContaining('skipped')]);
    expect(await readdir(place.dir)).toEqual([]);
    expect(await get('--if-none-match', 'other')).toEqual([0, expect.stringContaining('verified')]);
    expect(await get('--if-match', ETag)).toEqual([0, expect.stringContaining('verified')]);
  });

  it('--no-overwrite leaves a file as it is: 9, and skipped among several', async () => {
    const place = await embedded.open();
    for (const key of ['p/a', 'p/b']) await storeObject(place, key, 'new');
    await writeFile(join(place.dir, 'a'), 'old');
    const requests = await place.requestsDuring(async () => {
      const one = await place.partwise(['get', '--no-overwrite', place.location('p/a'), 'a']);
      expect(one).toMatchObject({ code: 9, stderr: expect.stringContaining('exists') });
    });
    expect(requests).toEqual([]);
    const all = await place.partwise(['get', '-r', '--no-overwrite', place.location('p/'), '.']);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('a  skipped') });
    expect(await readFile(join(place.dir, 'a'), 'utf8')).toBe('old');
    expect(await readFile(join(place.dir, 'b'), 'utf8')).toBe('new');
  });
});

describe('what need not be fetched again', () => {
  const get = async (place: EmbeddedPlace, ...flags: string[]): Promise<string> =>
    (await place.partwise(['get', ...flags, place.location('key'), 'file'])).stdout;
  it('-u skips a file of the same size that is not older', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'one');
    expect(await get(place, '-u')).toContain('verified');
    expect(await get(place, '-u')).toContain('skipped  up to date');
    await utimes(join(place.dir, 'file'), 1000, 1000);
    expect(await get(place, '-u')).toContain('verified');
  });
  it('--compare content skips the same bytes, and fetches others of one size', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'one');
    await writeFile(join(place.dir, 'file'), 'one');
    await utimes(join(place.dir, 'file'), 1000, 1000);
    expect(await get(place, '--compare', 'content')).toContain('skipped  the same content');
    await writeFile(join(place.dir, 'file'), 'two');
    expect(await get(place, '--compare', 'content')).toContain('verified');
    expect(await readFile(join(place.dir, 'file'), 'utf8')).toBe('one');
  });
  it('-n shows it and changes nothing', async () => {
    const place = await embedded.open();
    for (const key of ['p/a', 'p/b']) await storeObject(place, key, 'new');
    const run = await place.partwise(['get', '-r', '-n', place.location('p/'), 'nowhere/']);
    expect(run.stdout.split('\n').toSorted()).toEqual(
      [
        '',
        ...['a', 'b'].map((key) => `would get ${place.location(`p/${key}`)} → nowhere/${key}  3 B`),
      ].toSorted(),
    );
    expect(await readdir(place.dir)).toEqual([]);
  });
});

it('--include and --exclude choose keys below the prefix', async () => {
  const place = await embedded.open();
  for (const key of ['p/a.txt', 'p/sub/b.txt', 'p/sub/c.log']) await storeObject(place, key, 'text');
  const get = await place.partwise([
    'get',
    '-r',
    '--exclude',
    '*',
    '--include',
    '*.txt',
    place.location('p'),
    'd',
  ]);
  expect(get.code).toBe(0);
  expect(await listTree(join(place.dir, 'd'))).toEqual(['a.txt', 'sub/', 'sub/b.txt']);
});

it.skipIf(withoutShell)(
  `--preserve gives back time and permissions, and no more${withoutShell}`,
  async () => {
    const place = await embedded.open();
    const script = `echo text > file && chmod 750 file && touch -d @1234567890.5 file && partwise put --preserve file ${place.location('key')}`;
    expect((await place.shell(script)).code).toBe(0);
    expect((await place.partwise(['get', '--preserve', place.location('key'), 'back'])).code).toBe(0);
    const { mode, mtimeMs } = await stat(join(place.dir, 'back'));
    expect([mode & 0o7777, mtimeMs]).toEqual([0o750, 1_234_567_890_500]);
    // Without the flag the file is like any new one.
    await place.shell(`umask 027 && partwise get ${place.location('key')} plain`);
    const plain = await stat(join(place.dir, 'plain'));
    expect(plain.mode & 0o7777).toBe(0o640);
    expect(plain.mtimeMs).toBeGreaterThan(1_700_000_000_000);
  },
);

it('flags that are for one object, or contradict each other, are refused before any request', async () => {
  const place = await embedded.open();
  const key = place.location('key');
  const requests = await place.requestsDuring(async () => {
    for (const args of [
      ['--version-id', 'x', key, key, '.'],
      ['-r', '--range', '0-1', place.location('p/'), '.'],
      ['--range', '0-1', '--require-checksum', key, 'back'],
    ])
      expect((await place.partwise(['get', ...args])).code).toBe(2);
  });
  expect(requests).toEqual([]);
});
