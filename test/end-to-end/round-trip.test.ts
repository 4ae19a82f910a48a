import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChosenServer } from '../servers/chosen-server.ts';
import { makeBytes, sha256 } from '../support/processes/files.ts';
import { openPlace, type Place, withoutShell } from '../support/processes/place.ts';
import { beginUpload, headObject, listKeys, listUploads, readObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const partSize = 5 * MiB;
const { access, title } = await startChosenServer();

async function open(): Promise<Place> {
  if (access === undefined) throw new Error('skipped');
  return await openPlace(access);
}

describe.skipIf(access === undefined)(`a round trip through ${title}`, () => {
  it.each([
    ['nothing', 0, 1],
    ['one byte', 1, 1],
    ['one byte less than a part', partSize - 1, 1],
    ['exactly a part', partSize, 1],
    ['one byte more than a part', partSize + 1, 2],
    ['four parts', 20 * MiB, 4],
  ])('brings back %s unchanged', async (_, size, parts) => {
    const place = await open();
    const bytes = makeBytes(size);
    await writeFile(join(place.dir, 'there.bin'), bytes);

    const put = await place.partwise(['put', '-s', '5MiB', '--json', 'there.bin', place.location('a/b.bin')]);
    expect(put).toMatchObject({ code: 0 });
    const [result] = put.stdout.split('\n');
    expect(JSON.parse(result ?? '')).toMatchObject({ status: 'done', bytes: size, parts });
    expect((await headObject(place, 'a/b.bin')).ContentLength).toBe(size);
    expect(sha256(await readObject(place, 'a/b.bin'))).toBe(sha256(bytes));

    const get = await place.partwise(['get', '-s', '5MiB', place.location('a/b.bin'), 'back.bin']);
    expect(get).toMatchObject({ code: 0 });
    expect(sha256(await readFile(join(place.dir, 'back.bin')))).toBe(sha256(bytes));
    expect(await listUploads(place)).toEqual([]);
  });

  it('takes a file whose name has spaces, letters of other languages and signs', async () => {
    const place = await open();
    const name = 'a b+c%20d&e=ü 雪 #1?.txt';
    await writeFile(join(place.dir, 'file'), name);
    expect(await place.partwise(['put', 'file', place.location(name)])).toMatchObject({ code: 0 });
    expect(await listKeys(place)).toEqual([name]);
    expect((await place.partwise(['ls', '-0', place.location()])).stdout).toBe(`${name}\0`);
    expect(await place.partwise(['get', place.location(name), 'back'])).toMatchObject({ code: 0 });
    expect(await readFile(join(place.dir, 'back'), 'utf8')).toBe(name);
  });

  it('stores a stream of unknown length and streams it back in order', async () => {
    const place = await open();
    const input = makeBytes(12 * MiB);
    const put = await place.partwise(['put', '-s', '5MiB', '-', place.location('stream')], { input });
    expect(put).toMatchObject({ code: 0 });
    const get = await place.partwise(['get', '-s', '5MiB', place.location('stream'), '-']);
    expect(get).toMatchObject({ code: 0 });
    expect(sha256(get.bytes)).toBe(sha256(input));
  });

  it('replaces an older object and an older file', async () => {
    const place = await open();
    for (const text of ['old', 'newer']) {
      await writeFile(join(place.dir, 'file'), text);
      expect(await place.partwise(['put', 'file', place.location('key')])).toMatchObject({ code: 0 });
      expect(await place.partwise(['get', place.location('key'), 'back'])).toMatchObject({ code: 0 });
    }
    expect(await readFile(join(place.dir, 'back'), 'utf8')).toBe('newer');
  });

  it.skipIf(withoutShell)(`brings a directory back as it was${withoutShell}`, async () => {
    const place = await open();
    const script = [
      'mkdir -p "from/in side/deep"',
      'echo one > from/one.txt',
      'echo two > "from/in side/two+2%.txt"',
      'echo three > "from/in side/deep/drei ü.txt"',
      `partwise put -r from '${place.location('tree/')}'`,
      `partwise get -r '${place.location('tree/')}' to`,
      'diff -r from to',
    ].join(' && ');
    expect(await place.shell(script)).toMatchObject({ code: 0 });
  });

  it('shows an unfinished upload, aborts it, and shows it no more', async () => {
    const place = await open();
    const uploadId = await beginUpload(place, 'half', 2);
    const listed = await place.partwise(['ls', '-I', '--json', place.location()]);
    expect(listed.code).toBe(0);
    expect(JSON.parse(listed.stdout.split('\n')[0] ?? '')).toMatchObject({ key: 'half', uploadId, parts: 2 });
    const aborted = await place.partwise(['abort', place.location('half')]);
    expect(aborted).toMatchObject({ code: 0 });
    expect(await listUploads(place)).toEqual([]);
  });
});
