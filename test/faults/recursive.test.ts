import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { runsOn, startMatrixServer } from './matrix-server.ts';
import { makeDevice, underPermissions } from './privileges.ts';
import { listTree, writeTree } from '../support/processes/files.ts';
import { listKeys, listUploads, storeObject } from '../support/processes/remote.ts';
import {
  EVER,
  explain,
  expectClean,
  expectFail,
  expectNoTemp,
  type FaultPlace,
  openFaults,
  refuse,
  sent,
  until,
} from './support.ts';
import { listingRule, page } from './pages.ts';
import type { Rule } from '../support/proxy/proxy.ts';

const matrix = startMatrixServer();
const SECRET = 'not for the outside';

/** A target folder `in`, with a folder `out` beside it that nobody may touch. */
async function openTarget(keys: readonly string[]): Promise<FaultPlace> {
  const place = await openFaults(matrix.server);
  await mkdir(join(place.dir, 'in'));
  await writeTree(join(place.dir, 'out'), { passwd: SECRET });
  for (const key of keys) await storeObject(place, key, `text of ${key}`);
  return place;
}

it('R01 keys that would leave the target: refused by name, the rest is done, exit 3', async () => {
  const place = await openTarget(['p/ok']);
  const evil = ['../x', 'a/../../x', '..', '/abs', './x', 'a/./b', 'a\0b', 'a/..', '..\\x', 'C:\\x'];
  const keys = ['p/ok', ...evil.map((name) => `p/${name}`), 'p/%2e%2e/x', `p/${'n'.repeat(300)}`, 'p/a//b'];
  place.proxy.setRules([
    listingRule(page(keys)),
    // Whatever is asked for is there, whichever name it has: nothing is saved by a 404.
    {
      match: { operation: 'GetObject', pathContains: 'x' },
      do: {
        action: 'answer',
        status: 206,
        headers: { ETag: '"e"', 'Content-Range': 'bytes 0-3/4' },
        body: 'evil',
      },
    },
  ]);
  const get = await place.partwise(['get', '-r', place.location('p/'), 'in/']);
  expectFail(get, 3, /\.\.\/x/);
  expect(get.stderr).not.toContain('\0');
  const tree = await listTree(join(place.dir, '..'));
  const outside = tree.filter((name) => /(?:^|\/)(?:x|abs)$/.test(name) && !name.startsWith('work/in/'));
  expect(outside).toEqual([]);
  expect(await listTree(join(place.dir, 'out'))).toEqual(['passwd']);
  expect(await readFile(join(place.dir, 'in', 'ok'), 'utf8')).toBe('text of p/ok');
  const said = get.stderr + get.stdout;
  for (const name of ['p/../x', 'p/a/../../x', 'p/..', 'p//abs', 'p/./x', 'p/a/./b', 'p/a/..'])
    expect(said).toContain(name);
});

it('R02 a symlink in the target points out: refused, nothing written through it', async () => {
  const place = await openTarget(['p/dir/passwd', 'p/ok']);
  expect((await place.shell('ln -s ../out in/dir')).code).toBe(0);
  const get = await place.partwise(['get', '-r', place.location('p/'), 'in/']);
  expectFail(get, 3, /dir\/passwd/);
  expect(await readFile(join(place.dir, 'out', 'passwd'), 'utf8')).toBe(SECRET);
  expect(await readFile(join(place.dir, 'in', 'ok'), 'utf8')).toBe('text of p/ok');
});

it('R04 a key is a file and a directory: one of them fails, the other is there', async ({ skip }) => {
  const place = await openTarget(['p/a']);
  await storeObject(place, 'p/a/b', 'text of p/a/b').catch((error: unknown) =>
    skip(`the server keeps no key below a key: ${String(error)}`),
  );
  if (!(await listKeys(place)).includes('p/a/b')) skip('the server keeps no key below a key, without a word');
  const get = await place.partwise(['get', '-r', place.location('p/'), 'in/']);
  expectFail(get, 3, /p\/a/);
  const tree = await listTree(join(place.dir, 'in'));
  expect([['a'], ['a/', 'a/b']]).toContainEqual(tree);
});

it('R05 symlinks in the source: to a file outside, to a parent, to nothing: skipped and counted', async () => {
  const place = await openTarget([]);
  const made = await place.shell(
    'echo a > in/a && ln -s ../out/passwd in/outside && ln -s .. in/loop && ln -s none in/dangling',
  );
  expect(made.code).toBe(0);
  const put = await place.partwise(['put', '-r', 'in', place.location('p/')]);
  explain([0, 3], put.stderr).toContain(put.code);
  expect(await listKeys(place)).toEqual(['p/a']);
  expect(put.stderr + put.stdout).toMatch(/3 .*(?:skipped|links)|skipped:? 3/);
});

it('R06 what cannot be sent in the source: skipped and counted, exit 3, no waiting', async (context) => {
  const place = await openTarget([]);
  const made = await place.shell(
    `echo a > in/a && mkfifo in/fifo && node -e "require('net').createServer().listen('in/socket',()=>process.exit())"
     echo b > in/unreadable && mkdir in/locked && echo c > in/locked/c && chmod 000 in/unreadable in/locked`,
  );
  explain(made.code, made.stderr).toBe(0);
  makeDevice(context, 'null', join(place.dir, 'in'));
  const permitted = underPermissions(context);
  const put = await place.shell(`${permitted} partwise put -r in ${place.location('p/')}`);
  expectFail(put, 3, /in\/fifo/);
  for (const name of ['in/unreadable', 'in/locked']) expect(put.stderr).toContain(name);
  expect(await listKeys(place)).toEqual(['p/a']);
});

it('R07 one of 100 files fails for ever: the others are stored, the one is named, exit 3', async () => {
  const place = await openTarget([]);
  const names = Array.from({ length: 100 }, (_, index) => `f${index}`);
  await writeTree(join(place.dir, 'in'), Object.fromEntries(names.map((name) => [name, name])));
  place.proxy.setRules([{ match: { key: 'p/f50' }, do: refuse(500, 'InternalError') }]);
  const put = await place.partwise(['put', '-r', '--retries', '3', 'in', place.location('p/')]);
  expectFail(put, 3, /p\/f50/);
  expect(await listKeys(place)).toHaveLength(99);
  expect(await listKeys(place)).not.toContain('p/f50');
  await expectClean(place);
});

it('R08 the second page of a listing breaks: never done from half a listing', async () => {
  const html = '<html><body>Sorry</body></html>';
  const half = page(['p/c']).slice(0, 150);
  const cut: Rule = {
    match: { operation: 'ListObjectsV2', nth: [2, EVER] },
    do: { action: 'close', direction: 'down', afterBytes: 100 },
  };
  for (const second of [...[html, half, ''].map((body) => listingRule(body, [2, EVER])), cut]) {
    const place = await openTarget(['p/a', 'p/b']);
    place.proxy.setRules([listingRule(page(['p/a', 'p/b'], 'more'), 1), second]);
    const get = await place.partwise(['get', '-r', '--retries', '2', '--json', place.location('p/'), 'in/']);
    explain([1, 3, 6], get.stderr).toContain(get.code);
    expect(JSON.parse(get.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'summary',
      exitCode: get.code,
    });
    expect(get.stderr).toMatch(/list/i);
  }
});

it('R12 odd names make the round trip, and are shown escaped', async () => {
  const place = await openTarget([]);
  const names = [
    '-dash',
    'a b',
    'tab\there',
    'line\nbreak',
    // It does not encode keys, and XML 1.0 has no such character: the listing cannot tell the name.
    ...(runsOn('versitygw') ? [] : ['esc\x1b[2J']),
    'ü',
    '😀',
    'p+q',
    '50%',
    'a&b',
    '<x>',
  ];
  for (const name of names) await writeFile(join(place.dir, 'in', name), name);
  const put = await place.partwise(['put', '-r', 'in', place.location('p/')]);
  explain(put.code, put.stderr).toBe(0);
  expect(put.stdout + put.stderr).not.toContain('\x1b');
  expect((await listKeys(place)).toSorted()).toEqual(names.map((name) => `p/${name}`).toSorted());
  const get = await place.partwise(['get', '-r', place.location('p/'), 'back/']);
  explain(get.code, get.stderr).toBe(0);
  expect(await listTree(join(place.dir, 'back'))).toEqual(names.toSorted());
  // Linux lets a name be any bytes; no key can carry these.
  if (process.platform !== 'linux') return;
  expect((await place.shell(`mkdir odd && printf x > odd/$'bad\\xff' && printf x > odd/good`)).code).toBe(0);
  const odd = await place.partwise(['put', '-r', 'odd', place.location('odd/')]);
  expectFail(odd, 3, /odd\/bad/);
  expect((await listKeys(place)).filter((key) => key.startsWith('odd/'))).toEqual(['odd/good']);
});

it('R13 SIGINT with many files queued: nothing new begins, nothing is left', async () => {
  const place = await openFaults(matrix.server, [
    { match: { operation: 'PutObject' }, do: { action: 'stall', direction: 'up', afterBytes: 100 } },
  ]);
  const names = Array.from({ length: 58 }, (_, index) => `f${index}`);
  await mkdir(join(place.dir, 'in'));
  await writeTree(join(place.dir, 'in'), Object.fromEntries(names.map((name) => [name, 'x'.repeat(10_000)])));
  const put = place.start(['put', '-r', '-j', '8', 'in', place.location('p/')]);
  await until(() => sent(place, 'PutObject').length >= 8);
  put.signal('SIGINT');
  const ended = await put.ended;
  explain(ended.code, ended.stderr).toBe(130);
  expect(sent(place, 'PutObject')).toHaveLength(8);
  expect(await listKeys(place)).toEqual([]);
  expect(await listUploads(place)).toEqual([]);
});

it('R14 an empty directory, a prefix with nothing: 0 with a note, 4', async () => {
  const place = await openTarget([]);
  const put = await place.partwise(['put', '-r', 'in', place.location('p/')]);
  explain(put.code, put.stderr).toBe(0);
  expect(put.stderr + put.stdout).toMatch(/nothing|no files|0 files|empty/i);
  expectFail(await place.partwise(['get', '-r', place.location('none/'), 'in/']), 4, /none/);
  expect(await listTree(join(place.dir, 'in'))).toEqual([]);
  await place.client.send(new PutObjectCommand({ Bucket: place.bucket, Key: 'dir/' }));
  const made = await place.partwise(['get', '-r', place.location('dir/'), 'made/']);
  explain([0, 4], made.stderr).toContain(made.code);
  await expectNoTemp(
    place,
    (await listTree(place.dir)).filter((name) => !name.endsWith('.part')),
  );
});
