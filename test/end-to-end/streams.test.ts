import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes, sha256, writeTree } from '../support/processes/files.ts';
import { withoutShell } from '../support/processes/place.ts';
import { headObject, listKeys, listUploads, readObject, storeObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const embedded = startEmbedded();
const hasFull = process.platform === 'linux';

describe('--expected-size', () => {
  it.each([
    ['a small stream', 5],
    ['a stream of several parts', 11 * MiB],
  ])('that is right stores %s', async (_, size) => {
    const place = await embedded.open();
    const args = ['put', '-s', '5MiB', `--expected-size=${size}`, '-', place.location('key')];
    const put = await place.partwise(args, { input: makeBytes(size) });
    expect(put).toMatchObject({ code: 0 });
    expect((await headObject(place, 'key')).ContentLength).toBe(size);
  });

  it.each([
    ['a small stream that is shorter', 5, 6],
    ['a small stream that is longer', 6, 5],
    ['nothing at all', 0, 5],
    ['a large stream that is shorter', 11 * MiB, 12 * MiB],
    ['a large stream that is longer', 12 * MiB, 11 * MiB],
  ])('ends with 7 for %s, and leaves neither an object nor an upload', async (_, size, expected) => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'old');
    const args = ['put', '-s', '5MiB', `--expected-size=${expected}`, '-', place.location('key')];
    const put = await place.partwise(args, { input: makeBytes(size) });
    expect(put.code).toBe(7);
    expect(put.stderr).toMatch(/^partwise: /m);
    expect((await readObject(place, 'key')).toString()).toBe('old');
    expect(await listKeys(place)).toEqual(['key']);
    expect(await listUploads(place)).toEqual([]);
  });

  it('is refused for a file', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    expect((await place.partwise(['put', '--expected-size', '4', 'file'])).code).toBe(2);
  });
});

describe('stdin', () => {
  it('that is empty becomes an empty object', async () => {
    const place = await embedded.open();
    expect(await place.partwise(['put', '-', place.location('key')], { input: '' })).toMatchObject({
      code: 0,
    });
    expect((await headObject(place, 'key')).ContentLength).toBe(0);
  });

  it('gets the content type of the key', async () => {
    const place = await embedded.open();
    await place.partwise(['put', '-', place.location('page.html')], { input: '<p>' });
    expect((await headObject(place, 'page.html')).ContentType).toBe('text/html');
  });
});

describe('stdout', () => {
  it('carries nothing but the object; the result goes to stderr', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    const plain = await place.partwise(['get', place.location('key'), '-']);
    expect(plain).toMatchObject({ code: 0, stdout: 'text' });
    expect(plain.stderr).toMatch(/ {2}verified \w+\n$/);
    const json = await place.partwise(['get', '--json', '-q', place.location('key'), '-']);
    expect(json).toMatchObject({ code: 0, stdout: 'text' });
    const lines = json.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual(['result', 'summary']);
  });

  it('carries several objects one after the other', async () => {
    const place = await embedded.open();
    await storeObject(place, 'a', 'first ');
    await storeObject(place, 'b', 'second');
    const get = await place.partwise(['get', place.location('a'), place.location('b'), '-']);
    expect(get).toMatchObject({ code: 0, stdout: 'first second' });
  });

  it('stays empty when the object is not there', async () => {
    const place = await embedded.open();
    expect(await place.partwise(['get', place.location('none'), '-'])).toMatchObject({ code: 4, stdout: '' });
  });
});

describe.skipIf(withoutShell)(`in a shell${withoutShell}`, () => {
  it('an object streams into another program', async () => {
    const place = await embedded.open();
    const bytes = makeBytes(11 * MiB);
    await storeObject(place, 'key', bytes);
    const sum = await place.shell(
      `set -o pipefail; partwise get -q -s 5MiB '${place.location('key')}' - | openssl dgst -sha256 -r`,
    );
    expect(sum).toMatchObject({ code: 0, stderr: '' });
    expect(sum.stdout).toMatch(new RegExp(`^${sha256(bytes)} `));
  });

  it('a directory packed by tar arrives and unpacks as it was', async () => {
    const place = await embedded.open();
    await writeTree(place.dir, { 'dir/a': 'one', 'dir/b/c d': 'two' });
    const location = place.location('dir.tar');
    const script = [
      'set -o pipefail',
      `tar c dir | partwise put - '${location}'`,
      `mkdir back && partwise get '${location}' - | tar x -C back`,
      'diff -r dir back/dir',
    ].join('\n');
    expect(await place.shell(`set -e\n${script}`)).toMatchObject({ code: 0 });
    expect(await listKeys(place)).toEqual(['dir.tar']);
  });

  it('a reader that goes away ends get with 141, quietly', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', makeBytes(30 * MiB));
    const script = `partwise get -q -s 5MiB -c 1 '${place.location('key')}' - | head -c 100 | wc -c; exit "\${PIPESTATUS[0]}"`;
    let ended = { code: -1 as number | null, stdout: '', stderr: '' };
    const requests = await place.requestsDuring(async () => {
      ended = await place.shell(script);
    });
    expect(ended).toMatchObject({ code: 141, stderr: '' });
    expect(ended.stdout.trim()).toBe('100');
    // Six ranges make the object; nobody fetches what nobody reads.
    expect(requests.filter(({ method }) => method === 'GET').length).toBeLessThan(6);
  });

  it('stdin that is closed ends with 2', async () => {
    const place = await embedded.open();
    const requests = await place.requestsDuring(async () => {
      const put = await place.shell(`partwise put - '${place.location('key')}' <&-`);
      expect(put.code).toBe(process.platform === 'linux' ? 2 : 0);
    });
    if (process.platform === 'linux') expect(requests).toEqual([]);
  });

  it('stderr that is closed does not harm the transfer', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    expect(await place.shell(`partwise put file '${place.location('key')}' 2>&-`)).toMatchObject({ code: 0 });
    expect((await readObject(place, 'key')).toString()).toBe('text');
  });

  it.skipIf(!hasFull)(
    `a device that is full ends with 8${hasFull ? '' : ' (skipped: no /dev/full)'}`,
    async () => {
      const place = await embedded.open();
      await storeObject(place, 'key', makeBytes(11 * MiB));
      const get = await place.shell(`partwise get -s 5MiB '${place.location('key')}' - > /dev/full`);
      expect(get.code).toBe(8);
      expect(get.stderr).toMatch(/no space left/i);
      expect(get.stderr).not.toMatch(/^\s+at /m);
    },
  );
});

describe.skipIf(withoutShell)(`a FIFO${withoutShell}`, () => {
  it('given by name is read like stdin', async () => {
    const place = await embedded.open();
    const script = `mkfifo pipe; (head -c 12000000 /dev/zero > pipe) & partwise put pipe '${place.location('p/')}'`;
    expect(await place.shell(script)).toMatchObject({ code: 0 });
    const head = await headObject(place, 'p/pipe');
    expect(head.ContentLength).toBe(12_000_000);
  });
});
