// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { expect, it, onTestFinished } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../support/embedded/server.ts';
import { needsEmbedded, startMatrixServer } from './matrix-server.ts';
import { listUploads } from '../support/processes/remote.ts';
import type { Action, Rule } from '../support/proxy/proxy.ts';
import {
  explain,
  BYTES,
  EVER,
  expectClean,
  expectFail,
  expectKept,
  expectObject,
  expectPutOk,
  hits,
  openFaults,
  openPut,
  partCounts,
  refuse,
  sent,
} from './support.ts';

const matrix = startMatrixServer();
const part = (partNumber: number, nth: Rule['match']['nth'], act: Rule['do']): Rule => ({
  match: { operation: 'UploadPart', partNumber, nth },
  do: act,
});

it('P01 a part answers 500 twice: it is sent three times, the others once', async () => {
  const place = await openPut(matrix.server, [part(2, [1, 2], refuse(500, 'InternalError'))]);
  await expectPutOk(place, await place.put());
  expect(partCounts(place)).toEqual([1, 3, 1, 1]);
});

it('P02 every part answers 503 with Retry-After 2 once: all wait, with fewer lanes', async () => {
  const slowDown = refuse(503, 'SlowDown', { 'Retry-After': '2' });
  const place = await openPut(matrix.server, [
    { match: { operation: 'UploadPart', nth: 1, per: 'request-identity' }, do: slowDown },
  ]);
  await expectPutOk(place, await place.put());
  expect(partCounts(place)).toEqual([2, 2, 2, 2]);
  for (const number of [1, 2, 3, 4]) {
    const [first, second] = sent(place, 'UploadPart', number);
    // A lower limit, by the proxy's own clock: a slow machine only waits longer.
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_900);
  }
  const second = [1, 2, 3, 4].map((number) => sent(place, 'UploadPart', number)[1]?.inFlight ?? 0);
  expect(Math.max(...second)).toBeLessThan(4);
});

it('P03 parts answer 503 for ever: the put ends with 6 in bounded time', async () => {
  const slowDown = refuse(503, 'SlowDown');
  const place = await openPut(matrix.server, [{ match: { operation: 'UploadPart' }, do: slowDown }], 'old');
  expectFail(await place.put('--give-up-after', '4s'), 6);
  // Four lanes that each tried for themselves would send far more than one that probes.
  expect(sent(place, 'UploadPart').length).toBeLessThan(20);
  await expectClean(place);
  await expectObject(place, 'old');
  place.proxy.setRules([{ match: { operation: 'UploadPart', nth: [2, EVER] }, do: slowDown }]);
  const kept = await place.put('--give-up-after', '4s');
  expectFail(kept, 6);
  await expectKept(place, kept);
});

it('P07 a byte of a part is flipped on its way: the server says so, and it is sent again', async () => {
  const place = await openPut(matrix.server, [
    part(2, 1, { action: 'flip', direction: 'up', atByte: 1_000_000 }),
  ]);
  const put = await place.put('--progress', 'none');
  await expectPutOk(place, put);
  expect(partCounts(place)).toEqual([1, 2, 1, 1]);
  expect(put.stderr).not.toMatch(/digest|checksum|mismatch/i);
});

it('P08 a byte is flipped and the server keeps no checksums: the ETag tells', async (context) => {
  needsEmbedded(context, 'a server that drops checksums');
  const dir = await mkdtemp(join(tmpdir(), 'partwise-faults-'));
  const server = await startServer({ dir, ways: { checksums: 'dropped' } });
  onTestFinished(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  const flip: Action = { action: 'flip', direction: 'up', atByte: 1_000_000 };
  const once = await openPut(server, [part(2, 1, flip)]);
  await expectPutOk(once, await once.put());
  expect(partCounts(once)).toEqual([1, 2, 1, 1]);
  const first = await openPut(server, [part(1, 1, flip)]);
  await expectPutOk(first, await first.put());
  const always = await openPut(server, [part(2, 'every', flip)], 'old');
  expectFail(await always.put(), 7);
  await expectClean(always);
  await expectObject(always, 'old');
  const whole = await openFaults(server, [
    { match: { operation: 'PutObject', nth: 1 }, do: { ...flip, atByte: 9 } },
  ]);
  await writeFile(join(whole.dir, 'file'), 'a small object');
  await expectPutOk(whole, await whole.put(), Buffer.from('a small object'));
  expect(hits(whole, 'flip')).toBe(1);
});

it('P09 a part is answered without an ETag: sent again, and never completed without', async () => {
  const without: Action = { action: 'remove-headers', direction: 'down', names: ['ETag'] };
  const once = await openPut(matrix.server, [part(2, 1, without)]);
  await expectPutOk(once, await once.put());
  expect(partCounts(once)).toEqual([1, 2, 1, 1]);
  const always = await openPut(matrix.server, [part(2, 'every', without)], 'old');
  expectFail(await always.put('--retries', '3'), 1);
  expect(sent(always, 'UploadPart', 2).length).toBeGreaterThan(1);
  expect(sent(always, 'CompleteMultipartUpload')).toEqual([]);
  await expectObject(always, 'old');
});

it('P10 a part is answered with the ETag of other bytes: sent again, else exit 7', async () => {
  const etag = { etag: '"00000000000000000000000000000000"' };
  const sums = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'].map((name) => `x-amz-checksum-${name}`);
  const silent: Action[] = [
    { action: 'set-headers', direction: 'down', headers: etag },
    { action: 'remove-headers', direction: 'down', names: sums },
  ];
  const wrong = { ...etag, 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' };
  const lying: Action = { action: 'set-headers', direction: 'down', headers: wrong };
  for (const act of [silent, lying]) {
    const once = await openPut(matrix.server, [part(2, 1, act)]);
    await expectPutOk(once, await once.put());
    expect(partCounts(once)).toEqual([1, 2, 1, 1]);
    const always = await openPut(matrix.server, [part(2, 'every', act)], 'old');
    expectFail(await always.put(), 7);
    expect(sent(always, 'CompleteMultipartUpload')).toEqual([]);
    await expectClean(always);
    await expectObject(always, 'old');
  }
});

it('P19 the answer to Create is lost: the put ends well, and its orphan is aborted or named', async () => {
  const place = await openPut(matrix.server, [
    { match: { operation: 'CreateMultipartUpload', nth: 1 }, do: { action: 'lose-reply', how: 'reset' } },
  ]);
  const put = await place.put();
  explain(put.code, put.stderr).toBe(0);
  await expectObject(place, BYTES.toString());
  for (const upload of await listUploads(place)) {
    const id = upload.split(' ')[1] ?? '';
    explain(
      put.stderr.includes(id) || /may have|left behind|unfinished|cleanup/.test(put.stderr),
      put.stderr,
    ).toBe(true);
  }
});

it('P20 Create is answered without an upload id: exit 1 before any part is sent', async () => {
  const bodies = [
    '<html><body>Welcome</body></html>',
    '<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>key</Key></InitiateMultipartUploadResult>',
    '',
  ];
  for (const body of bodies) {
    const place = await openPut(matrix.server, [
      {
        match: { operation: 'CreateMultipartUpload' },
        do: { action: 'answer', status: 200, headers: { 'Content-Type': 'text/html' }, body },
      },
    ]);
    expectFail(await place.put('--retries', '2'), 1);
    expect(sent(place, 'UploadPart')).toEqual([]);
    await expectObject(place);
  }
});

it('P21 a part is told NoSuchUpload: the put fails or begins afresh once, and says so', async () => {
  const place = await openPut(matrix.server, [part(3, 1, refuse(404, 'NoSuchUpload'))], 'old');
  const put = await place.put();
  expect(sent(place, 'CreateMultipartUpload').length).toBeLessThanOrEqual(2);
  expect(put.stderr).toMatch(/upload/);
  if (put.code === 0) return await expectPutOk(place, put);
  expectFail(put, [1, 4]);
  await expectObject(place, 'old');
});

it('P46 the keys expire in the middle: exit 5, and what is stored is kept', async () => {
  const place = await openPut(matrix.server, [
    { match: { operation: 'UploadPart', nth: [3, EVER] }, do: refuse(400, 'ExpiredToken') },
  ]);
  const put = await place.put('-c', '1');
  expectFail(put, 5);
  await expectKept(place, put);
  expect(sent(place, 'UploadPart').length).toBeLessThanOrEqual(4);
});

it('P47 the clock is an hour off: corrected once, or exit 5 that says by how much', async () => {
  const preload = new URL('../support/processes/shift-clock.mjs', import.meta.url).href;
  for (const hours of [-1, 1]) {
    const off = await openPut(matrix.server);
    const env = { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: String(hours * 3_600_000) };
    await expectPutOk(off, await off.startPut(['-c', '1'], { env }).ended);
    const refused = off.proxy.requests.filter(({ status }) => status === 403);
    expect(refused).toHaveLength(1);
  }
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const always = await openPut(matrix.server, [
    { match: {}, do: refuse(403, 'RequestTimeTooSkewed', { Date: date }) },
  ]);
  const failed = await always.put();
  expectFail(failed, 5);
  expect(failed.stderr).toMatch(/clock/);
  expect(failed.stderr).toMatch(/\b(?:60|59) min/);
});
