import { chmod, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes, writeTree } from '../support/processes/files.ts';
import { withoutShell } from '../support/processes/place.ts';
import { headObject, listKeys } from '../support/processes/remote.ts';
import { startProxy } from '../support/proxy/proxy.ts';

const embedded = startEmbedded();

describe('what need not be stored again', () => {
  it('-u skips by size and time, --preserve carries the time along', async () => {
    const place = await embedded.open();
    const file = join(place.dir, 'file');
    const put = async (...flags: string[]): Promise<string> =>
      (await place.partwise(['put', ...flags, 'file', place.location('key')])).stdout;
    await writeFile(file, 'one');
    expect(await put('--preserve')).toContain('verified');
    expect(await put('-u')).toContain('skipped  up to date');
    await writeFile(file, 'two');
    await utimes(file, new Date(), new Date(Date.now() + 60_000));
    expect(await put('-u')).toContain('verified');
    await writeFile(file, 'three');
    await utimes(file, 1000, 1000);
    expect(await put('-u')).toContain('verified');
  });

  it('--compare content skips the same bytes, whatever their time, and stores others of one size', async () => {
    const place = await embedded.open();
    const file = join(place.dir, 'file');
    const put = async (): Promise<string> =>
      (await place.partwise(['put', '--compare', 'content', 'file', place.location('key')])).stdout;
    await writeFile(file, 'one');
    expect(await put()).toContain('verified');
    await utimes(file, new Date(), new Date(Date.now() + 60_000));
    expect(await put()).toContain('skipped  the same content');
    await writeFile(file, 'two');
    expect(await put()).toContain('verified');
  });

  it('-n shows it and changes nothing', async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'd/a': 'new', 'd/b': 'new' });
    const run = await place.partwise(['put', '-r', '-n', 'd', place.location('p/')]);
    expect(run.stdout.split('\n').toSorted()).toEqual(
      [
        '',
        ...['a', 'b'].map((name) => `would put d/${name} → ${place.location(`p/${name}`)}  3 B`),
      ].toSorted(),
    );
    expect(run.stderr).toContain('dry run: nothing was changed');
    expect(await listKeys(place)).toEqual([]);
  });
});

describe('which files', () => {
  const TREE = {
    'd/a.txt': '1',
    'd/.hidden': '2',
    'd/sub/b.txt': '3',
    'd/sub/c.log': '4',
    'd/sub/deep/d.txt': '5',
  };
  const keys = async (flags: readonly string[]): Promise<string[]> => {
    const place = await embedded.open();
    await writeTree(place.dir, TREE);
    expect((await place.partwise(['put', '-r', ...flags, 'd', place.location()])).code).toBe(0);
    return (await listKeys(place)).toSorted();
  };
  it.each<[string, string[], string[]]>([
    ['a name anywhere', ['--exclude', '*.txt'], ['.hidden', 'sub/c.log']],
    ['one level', ['--exclude', 'sub/*'], ['.hidden', 'a.txt', 'sub/deep/d.txt']],
    ['all below', ['--exclude', 'sub/**'], ['.hidden', 'a.txt']],
    ['the last that matches', ['--exclude', '*', '--include', '*.log'], ['sub/c.log']],
    ['the other order', ['--include', '*.log', '--exclude', '*'], []],
  ])('%s', async (_, flags, expected) => {
    expect(await keys(flags)).toEqual(expected);
  });

  it.each([
    ['\n', []],
    ['\0', ['-0']],
  ])('a list names them, with %j between, from a file or stdin', async (separator, flags) => {
    const place = await embedded.open();
    await writeTree(place.dir, TREE);
    const input = ['a.txt', './sub/b.txt', ''].join(separator);
    await writeFile(join(place.dir, 'list'), input);
    const put = ['put', ...flags, '--files-from'];
    expect((await place.partwise([...put, 'list', 'd', place.location('f/')])).code).toBe(0);
    expect((await place.partwise([...put, '-', 'd', place.location('s/')], { input })).code).toBe(0);
    expect((await listKeys(place)).toSorted()).toEqual(['f/a.txt', 'f/sub/b.txt', 's/a.txt', 's/sub/b.txt']);
  });

  it('a list whose paths make one key is refused before anything is sent, but may say a path twice', async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { a: '1', 'd/a': '2' });
    const put = ['put', '--files-from', '-'];
    const clash = await place.partwise([...put, place.location('p/')], {
      input: `a\n${join(place.dir, 'd')}/../a\n${place.dir}/a\n/a\n`,
    });
    expect(clash).toMatchObject({ code: 2, stderr: expect.stringContaining('both become p/a') });
    expect(await listKeys(place)).toEqual([]);
    expect((await place.partwise([...put, place.location('p/')], { input: 'a\n./a\n' })).code).toBe(0);
    expect(await listKeys(place)).toEqual(['p/a']);
  });

  it('a list with names that are not there, or lead out, stores the rest: 3', async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'd/a': '1', secret: '2' });
    const input = 'a\nnone\n../secret\n';
    const put = await place.partwise(['put', '--files-from', '-', 'd', place.location('p/')], { input });
    expect(put).toMatchObject({ code: 3, stderr: expect.stringMatching(/none.*does not exist/) });
    expect(await listKeys(place)).toEqual(['p/a']);
  });

  it.skipIf(withoutShell)(
    `links are followed with --follow-symlinks, and loops noticed${withoutShell}`,
    async () => {
      const place = await embedded.open();
      await place.shell('mkdir d && echo 1 > out && ln -s ../out d/link && ln -s . d/loop');
      const put = await place.partwise(['put', '-r', '--follow-symlinks', 'd', place.location()]);
      expect(put).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('a symbolic link that leads back'),
      });
      expect(await listKeys(place)).toEqual(['link']);
    },
  );

  it.skipIf(withoutShell)(`--preserve notes the permission bits, and no others${withoutShell}`, async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    await chmod(join(place.dir, 'file'), 0o4750);
    await utimes(join(place.dir, 'file'), 1, 1_234_567_890.5);
    await place.partwise(['put', '--preserve', 'file', place.location('key')]);
    expect((await headObject(place, 'key')).Metadata).toEqual({
      mode: '0750',
      mtime: '1234567890.500000000',
    });
  });
});

it('--no-threads moves one part at a time, -c as many as it says', async () => {
  const proxy = await startProxy({ target: embedded.server.endpoint });
  onTestFinished(() => proxy.close());
  const place = await embedded.open({ endpoint: proxy.endpoint });
  await writeFile(join(place.dir, 'file'), makeBytes(21 * 1024 * 1024));
  const lanes = async (...flags: string[]): Promise<number> => {
    const before = proxy.requests.length;
    expect((await place.partwise(['put', '-s', '5MiB', ...flags, 'file', place.location('key')])).code).toBe(
      0,
    );
    const parts = proxy.requests.slice(before).filter(({ partNumber }) => partNumber !== undefined);
    return Math.max(...parts.map(({ inFlight }) => inFlight));
  };
  expect(await lanes('--no-threads')).toBe(1);
  expect(await lanes('-c', '3')).toBeGreaterThan(1);
});
