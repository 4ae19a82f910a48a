// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { lstat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { listTree, makeBytes } from '../support/processes/files.ts';
import { readObject, storeObject } from '../support/processes/remote.ts';
import {
  explain,
  arrived,
  BYTES,
  expectDest,
  expectFail,
  expectGetOk,
  expectNoTemp,
  type FaultPlace,
  openFaults,
  openGet,
  refuse,
  sent,
  writeOld,
  until,
} from './support.ts';

const matrix = startMatrixServer();
it('G14 the target is a symlink: the link is replaced, what it points to is not touched', async () => {
  const place = await openGet(matrix.server);
  const script = 'mv file other && ln -s other file && ln -s other .file.part';
  expect((await place.shell(script)).code).toBe(0);
  const get = await place.get();
  explain(get.code, get.stderr).toBe(0);
  await expectDest(place, join(place.dir, 'other'));
  expect((await lstat(join(place.dir, 'file'))).isFile()).toBe(true);
  expect(BYTES.equals(await readFile(join(place.dir, 'file')))).toBe(true);
  await expectNoTemp(place, ['.file.part', 'file', 'other']);
});

it('G22 an object that nothing can verify: done, and said to be verified by its size only', async () => {
  const place = await openFaults(matrix.server);
  const answer = (length: string) => ({
    ETag: '"opaque"',
    'Content-Length': length,
    'Last-Modified': new Date().toUTCString(),
    'Accept-Ranges': 'bytes',
  });
  place.proxy.setRules([
    {
      match: { operation: 'HeadObject' },
      do: { action: 'answer', status: 200, headers: answer('5'), body: 'hello' },
    },
    {
      match: { operation: 'GetObject' },
      do: {
        action: 'answer',
        status: 206,
        headers: { ...answer('5'), 'Content-Range': 'bytes 0-4/5' },
        body: 'hello',
      },
    },
  ]);
  const get = await place.get('--json');
  await expectGetOk(place, get, Buffer.from('hello'));
  expect(JSON.parse(get.stdout.split('\n')[0] ?? '')).toMatchObject({ verified: { by: 'size' } });
  await writeOld(join(place.dir, 'file'));
  expectFail(await place.get('--require-checksum'), 7);
  await expectDest(place);
  await expectNoTemp(place);
});

it('G23 no such key, no such bucket, 403: exit 4, 4, 5 and no empty file', async () => {
  const place = await openFaults(matrix.server);
  await writeOld(join(place.dir, 'file'));
  expectFail(await place.get(), 4);
  expectFail(await place.partwise(['get', 's3://there-is-none/key', 'file']), 4);
  place.proxy.setRules([{ match: {}, do: refuse(403, 'AccessDenied') }]);
  expectFail(await place.get(), 5);
  expectFail(await place.partwise(['get', place.location('key'), 'new']), 5);
  await expectDest(place);
  await expectNoTemp(place);
});

it('G24 no byte, one byte, and whole parts: no Range for an empty object', async () => {
  const place = await openFaults(matrix.server);
  for (const size of [0, 1, 5 * 1024 * 1024, 10 * 1024 * 1024]) {
    const bytes = makeBytes(size);
    await storeObject(place, 'key', bytes);
    await expectGetOk(place, await place.get(), bytes);
    if (size === 0) expect(sent(place, 'GetObject').filter(({ range }) => range !== undefined)).toEqual([]);
  }
});

it('G27 two gets to one target: each done or failed, the file is one of the two', async () => {
  const place = await openGet(matrix.server);
  const other = Buffer.from(BYTES.toReversed());
  await storeObject(place, 'key2', other);
  const get = (key: string) => place.partwise(['get', '-s', '5MiB', place.location(key), 'file']);
  const ended = await Promise.all([get('key'), get('key2')]);
  const said = ended.map(({ stderr }) => stderr).join('\n');
  explain(
    ended.map(({ code }) => code),
    said,
  ).toContain(0);
  const bytes = await readFile(join(place.dir, 'file'));
  expect(bytes.equals(BYTES) || bytes.equals(other)).toBe(true);
  await expectNoTemp(place);
});

/** Kills a get when its third part is asked for. */
async function kill(
  signal: NodeJS.Signals,
  flags: readonly string[],
): Promise<[FaultPlace, string, number | null]> {
  const place = await openGet(matrix.server, [
    {
      match: { operation: 'GetObject', nth: 3 },
      do: { action: 'stall', direction: 'down', afterBytes: 1000 },
    },
  ]);
  const get = place.startGet(['-c', '1', ...flags]);
  await arrived(place, 'GetObject');
  await until(() => sent(place, 'GetObject').length >= 3);
  get.signal(signal);
  const ended = await get.ended;
  place.proxy.setRules([]);
  return [place, ended.stderr, ended.code];
}

it('G15 a signal in the middle: the old file stays, and the next run ends well', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const) {
    const [place, stderr, ended] = await kill(signal, []);
    explain(ended, stderr).toBe(code);
    await expectDest(place);
    if (signal !== 'SIGKILL') {
      const partial = (await listTree(place.dir)).find((name) => name.endsWith('.part'));
      expect(stderr).toContain(`kept: ${join(place.dir, partial ?? 'a partial file')}, 2 of 4 parts`);
    }
    await expectGetOk(place, await place.get('-c', '1'));
  }
  const [clean, stderr, code] = await kill('SIGINT', ['--no-resume']);
  explain(code, stderr).toBe(130);
  await expectDest(clean);
  await expectNoTemp(clean);
});

it('G17 killed, then the object is replaced: what was there is thrown away', async () => {
  const [place] = await kill('SIGKILL', []);
  const other = Buffer.from(BYTES.toReversed());
  await storeObject(place, 'key', other);
  await expectGetOk(place, await place.get('-c', '1'), other);
});

it('G18 killed, then the partial file is tampered with: it ends in the bytes of the object', async () => {
  const spoilers = [
    'printf X | dd of="$f" bs=1 seek=1000 conv=notrunc',
    'truncate -s 1000 "$f"',
    'truncate -s 30M "$f"',
  ];
  for (const spoil of spoilers) {
    const [place] = await kill('SIGKILL', []);
    expect((await place.shell(`f=$(ls -A | grep '[.]part$') && ${spoil}`)).code).toBe(0);
    await expectGetOk(place, await place.get('-c', '1'));
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  }
});

it('G16 killed when the last range is there: the old file or the whole new one', async () => {
  const place = await openGet(matrix.server);
  const pidFile = join(place.dir, '..', 'pid');
  place.proxy.setRules([
    {
      match: { operation: 'GetObject', nth: 4 },
      do: { action: 'signal', at: 'answer-sent', signal: 'SIGKILL', pidFile },
    },
  ]);
  const get = place.startGet(['-c', '1']);
  await writeFile(pidFile, `${get.pid}\n`);
  await get.ended;
  const bytes = await readFile(join(place.dir, 'file'));
  expect(bytes.equals(BYTES) || bytes.toString() === 'old').toBe(true);
  place.proxy.setRules([]);
  await expectGetOk(place, await place.get('-c', '1'));
  // What is not on the disk when it takes the name may be lost with it.
  if ((await place.shell('strace -f -qq -o /dev/null true')).code !== 0) return;
  const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2';
  const traced = await place.shell(
    `strace -f -qq -y -o ../trace -e ${calls} partwise get ${place.location('key')} file && cat ../trace`,
  );
  explain(traced.stdout, traced.stderr).toMatch(
    /f(?:data)?sync\([^\n]*\/\.file[^\n]*\.part[^]*rename[^\n]*\.part[^]*fsync\([^\n]*\/work>/,
  );
});
