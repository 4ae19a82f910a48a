// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { listKeys, readObject } from '../support/processes/remote.ts';
import {
  explain,
  arrived,
  BYTES,
  expectClean,
  expectFail,
  expectObject,
  expectPutOk,
  MiB,
  openFaults,
  openGet,
  openPut,
  refuse,
  sent,
} from './support.ts';

const matrix = startMatrixServer();

it('S01 the producer dies: stored as it came, or exit 7 where the size was said', async () => {
  const place = await openPut(matrix.server);
  const pipe = (flags: string) =>
    place.shell(`(head -c 7000000 file; exit 1) | partwise put -s 5MiB ${flags} - ${place.location('key')}`);
  const short = await pipe('--expected-size 20000000');
  expectFail(short, 7);
  await expectClean(place);
  await expectObject(place);
  await expectPutOk(place, await pipe(''), BYTES.subarray(0, 7_000_000));
});

it('S02 stdin is closed, empty or a terminal: refused, an empty object, refused', async () => {
  const place = await openFaults(matrix.server);
  const put = `partwise put - ${place.location('key')}`;
  const closed = await place.shell(`${put} <&-`);
  expectFail(closed, 2, /stdin/);
  expect(await listKeys(place)).toEqual([]);
  await expectPutOk(place, await place.shell(`${put} </dev/null`), Buffer.alloc(0));
  const hasScript = (await place.shell('command -v script')).code === 0;
  if (!hasScript) return;
  const terminal = await place.shell(
    `script -qec "partwise put - ${place.location('tty')}" /dev/null </dev/null`,
  );
  explain(terminal.code, terminal.stdout).toBe(2);
  expect(terminal.stdout).toContain('stdin is a terminal');
});

it('S03 a part of a stream answers 500 twice: it was kept in memory', async () => {
  const place = await openPut(matrix.server, [
    { match: { operation: 'UploadPart', partNumber: 2, nth: [1, 2] }, do: refuse(500, 'InternalError') },
  ]);
  const put = await place.shell(`cat file | partwise put -s 5MiB -c 4 - ${place.location('key')}`);
  await expectPutOk(place, put);
  expect(sent(place, 'UploadPart', 2)).toHaveLength(3);
});

it('S06 SIGINT while a stream is put: 130, nothing left', async () => {
  const place = await openFaults(matrix.server, [
    {
      match: { operation: 'UploadPart', partNumber: 3 },
      do: { action: 'stall', direction: 'up', afterBytes: 1000 },
    },
  ]);
  const args = ['put', '-s', '5MiB', '-c', '1', '-', place.location('key')];
  const put = place.start(args, { input: BYTES });
  await arrived(place, 'UploadPart', 3);
  put.signal('SIGINT');
  const ended = await put.ended;
  explain(ended.code, ended.stderr).toBe(130);
  await expectClean(place);
  await expectObject(place);
});

it('S07 the reader goes away: 141, no stack, and no more ranges are fetched', async () => {
  const place = await openGet(matrix.server);
  const get = await place.shell(
    `partwise get -s 1MiB -c 1 ${place.location('key')} - | head -c 100 | wc -c; exit "\${PIPESTATUS[0]}"`,
  );
  explain(get.code, get.stderr).toBe(141);
  expect(get.stdout.trim()).toBe('100');
  expect(get.stderr).not.toMatch(/^\s+at |internal error/m);
  expect(sent(place, 'GetObject').length).toBeLessThan(20);
});

it('S08 stdout is full: exit 8', async () => {
  const place = await openGet(matrix.server);
  const get = await place.shell(`partwise get ${place.location('key')} - > /dev/full`);
  expectFail(get, 8, /stdout|no space/i);
});

it('S10 a byte of a stream is flipped on its way: exit 7 in the end', async () => {
  const place = await openGet(matrix.server, [
    { match: { operation: 'GetObject' }, do: { action: 'flip', direction: 'down', atByte: 1000 } },
  ]);
  const get = await place.partwise(['get', '-s', '5MiB', place.location('key'), '-']);
  expectFail(get, 7);
});

it('S12 progress never goes to stdout: the bytes are pure', async () => {
  const place = await openGet(matrix.server);
  const get = await place.partwise(['get', '-s', '5MiB', '--progress', 'lines', place.location('key'), '-']);
  explain(get.code, get.stderr).toBe(0);
  const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect(sum(get.bytes)).toBe(sum(BYTES));
  expect(get.stderr).not.toContain('\x1b');
});

it('S04 a stream of more parts than there may be: larger parts, or failed before it is too late', async () => {
  const place = await openFaults(matrix.server);
  await writeFile(join(place.dir, 'file'), BYTES);
  const put = await place.shell(`cat file | partwise put -s 5MiB --max-parts 3 - ${place.location('key')}`);
  if (put.code === 0) {
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
    expect(sent(place, 'UploadPart').length).toBeLessThanOrEqual(3);
  } else {
    explain(put.code, put.stderr).toBeLessThan(70);
    expect(sent(place, 'UploadPart').every(({ requestBytes }) => requestBytes <= 8 * MiB)).toBe(true);
    await expectObject(place);
  }
  await expectClean(place);
});
