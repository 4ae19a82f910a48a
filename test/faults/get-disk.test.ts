// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listTree } from '../support/processes/files.ts';
import { startMatrixServer } from './matrix-server.ts';
import { makeDevice, mount, underPermissions } from './privileges.ts';
import {
  BYTES,
  expectDest,
  expectFail,
  expectNoTemp,
  explain,
  type FaultPlace,
  MiB,
  openGet,
  sent,
  until,
  writeOld,
} from './support.ts';

const matrix = startMatrixServer();

/** FAIL before any byte of the object was read, and the old file stays. */
async function expectRefused(
  place: FaultPlace,
  get: { readonly code: number | null; readonly stderr: string },
  code: number,
  names: RegExp,
): Promise<void> {
  expectFail({ ...get, signal: null, stdout: '', bytes: Buffer.alloc(0) }, code, names);
  expect(sent(place, 'GetObject')).toEqual([]);
  await expectDest(place);
}

it('G11 the disk is full in the middle: exit 8, the old file stays', async (context) => {
  const place = await openGet(matrix.server);
  const small = join(place.dir, 'small');
  await mkdir(small);
  mount(context, '-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', small);
  const target = join(small, 'file');
  await writeOld(target);
  const get = await place.partwise(['get', place.location('key'), target]);
  expectFail(get, 8, /no space left|free/i);
  expect(get.stderr).toMatch(/needs .*more|short of|\d+(?:\.\d+)? [KMG]iB/);
  // Known before the first byte is read.
  expect(sent(place, 'GetObject')).toEqual([]);
  await expectDest(place, target);
  expect(await listTree(small)).toEqual(['file']);

  // The same when the space goes while the bytes come.
  const filling = await openGet(matrix.server, [
    { match: { operation: 'GetObject', nth: 3 }, do: { action: 'delay', ms: 3_000, when: 'before-forward' } },
  ]);
  const disk = join(filling.dir, '..', 'disk');
  await mkdir(disk);
  mount(context, '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk);
  await writeOld(join(disk, 'file'));
  const flags = ['-s', '5MiB', '-c', '1'];
  const slow = filling.start(['get', ...flags, filling.location('key'), join(disk, 'file')]);
  await until(() => sent(filling, 'GetObject').length >= 3);
  await writeFile(join(disk, 'big'), Buffer.alloc(12 * MiB));
  expectFail(await slow.ended, 8, /no space left/i);
  await expectDest(filling, join(disk, 'file'));
  expect(await listTree(disk)).toEqual(['big', 'file']);
});

it('G12 the target is a FIFO or a device: written in order, never renamed over', async (context) => {
  const place = await openGet(matrix.server);
  const key = place.location('key');
  const fifo = await place.shell(
    `mkfifo pipe && (cat pipe > out & partwise get -s 5MiB ${key} pipe && wait)`,
  );
  explain(fifo.code, fifo.stderr).toBe(0);
  expect(BYTES.equals(await readFile(join(place.dir, 'out')))).toBe(true);
  expect((await lstat(join(place.dir, 'pipe'))).isFIFO()).toBe(true);
  await rm(join(place.dir, 'out'));

  const [none, full] = [makeDevice(context, 'null', place.dir), makeDevice(context, 'full', place.dir)];
  const swallowed = await place.partwise(['get', '-s', '5MiB', key, none]);
  explain(swallowed.code, swallowed.stderr).toBe(0);
  expectFail(await place.partwise(['get', '-s', '5MiB', key, full]), 8, /full.*no space left/);
  for (const device of [none, full]) expect((await lstat(device)).isCharacterDevice()).toBe(true);
  await expectDest(place);
  const left = ['file', 'full', 'null', 'pipe'].filter(
    (name) => name === 'file' || name === 'pipe' || none.startsWith(place.dir),
  );
  await expectNoTemp(place, left);
});

it('G13 the target cannot be written: said before any byte of the object is read', async (context) => {
  const place = await openGet(matrix.server);
  const key = place.location('key');
  await expectRefused(place, await place.partwise(['get', key, 'none/file']), 8, /none/);
  expect(sent(place, 'HeadObject')).toEqual([]);
  await mkdir(join(place.dir, 'folder', 'key'), { recursive: true });
  await expectRefused(
    place,
    await place.partwise(['get', key, 'folder']),
    8,
    /a directory of this name is here/,
  );
  await rm(join(place.dir, 'folder'), { recursive: true });

  const permitted = underPermissions(context);
  const locked = await place.shell(
    `mkdir locked && chmod 555 locked && ${permitted} partwise get ${key} locked/file`,
  );
  await expectRefused(place, locked, 8, /locked\/file.*permission denied/);
  await rm(join(place.dir, 'locked'), { recursive: true });
  const script = `cp -p file kept && chmod 444 file && ${permitted} partwise get ${key} file`;
  const readOnly = await place.shell(
    `${script}; code=$?; chmod 640 file; cmp file kept && rm kept; exit $code`,
  );
  await expectRefused(place, readOnly, 8, /file.*permission denied/);
  await expectNoTemp(place);
});

it('G26 the rename fails: exit 8, the old file stays, nothing beside it', async (context) => {
  const place = await openGet(matrix.server);
  await writeOld(join(place.dir, '..', 'elsewhere'));
  // Nothing can be renamed onto a mount point.
  mount(context, '--bind', join(place.dir, '..', 'elsewhere'), join(place.dir, 'file'));
  expectFail(await place.get(), 8, /file/);
  await expectDest(place);
  await expectNoTemp(place);
  // A rename never leaves its file system: the temporary file is in the target's own directory.
  const other = join(place.dir, '..', 'other');
  await mkdir(other);
  mount(context, '-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', other);
  const get = await place.partwise(['get', place.location('key'), join(other, 'file')]);
  explain(get.code, get.stderr).toBe(0);
  expect(await listTree(other)).toEqual(['file']);
});
