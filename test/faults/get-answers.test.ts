// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { storeObject } from '../support/processes/remote.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Action, Rule } from '../support/proxy/proxy.ts';
import {
  arrived,
  BYTES,
  expectDest,
  expectFail,
  expectGetOk,
  expectNoTemp,
  hits,
  MiB,
  openGet,
  sent,
  until,
} from './support.ts';

const matrix = startMatrixServer();
const range = (nth: Rule['match']['nth'], act: Rule['do']): Rule => ({
  match: { operation: 'GetObject', nth },
  do: act,
});

it('G01 every range breaks off at 1 MB once: only what is missing is asked for again', async () => {
  const cuts: Rule[] = [1, 2, 3, 4].map((nth) =>
    range(nth, { action: nth % 2 === 0 ? 'reset' : 'close', direction: 'down', afterBytes: MiB }),
  );
  const place = await openGet(matrix.server, cuts);
  await expectGetOk(place, await place.get());
  expect(sent(place, 'GetObject')).toHaveLength(8);
  expect(place.proxy.stats().bytesDown).toBeLessThan(BYTES.byteLength + 6 * MiB);
});

it('G02 a range is short, with a length to match: asked for again', async () => {
  const place = await openGet(matrix.server, [
    range(2, { action: 'truncate', bytes: MiB, fixContentLength: true }),
  ]);
  await expectGetOk(place, await place.get());
  // Refused by its length alone, before its body: the log need not know of a cut.
  expect(sent(place, 'GetObject')).toHaveLength(5);
});

it('G03 a byte of a range is flipped: fetched again, or exit 7 and the old file stays', async () => {
  const flip: Action = { action: 'flip', direction: 'down', atByte: 1_000_000 };
  const once = await openGet(matrix.server, [range(2, flip)]);
  const get = await once.get();
  if (get.code === 0) await expectGetOk(once, get);
  else {
    expectFail(get, 7);
    await expectDest(once);
    await expectNoTemp(once);
  }
  const always = await openGet(matrix.server, [range('every', flip)]);
  expectFail(await always.get(), 7);
  await expectDest(always);
  await expectNoTemp(always);
});

it('G05 a range is answered with another Content-Range, or none: again, then failed', async () => {
  const shifted: Action = {
    action: 'set-headers',
    direction: 'down',
    headers: { 'content-range': `bytes 1-5242880/${BYTES.byteLength}` },
  };
  const none: Action = { action: 'remove-headers', direction: 'down', names: ['content-range'] };
  for (const act of [shifted, none]) {
    const once = await openGet(matrix.server, [range(2, act)]);
    await expectGetOk(once, await once.get());
    expect(sent(once, 'GetObject')).toHaveLength(5);
    const always = await openGet(matrix.server, [range('every', act)]);
    expectFail(await always.get('--retries', '2'), [1, 7]);
    await expectDest(always);
  }
});

it('G06 the object is replaced in the middle: one restart or exit 7, never a mixture', async () => {
  const place = await openGet(matrix.server, [
    range(2, { action: 'delay', ms: 3_000, when: 'before-forward' }),
  ]);
  const get = place.startGet(['-c', '1']);
  await arrived(place, 'GetObject');
  await until(() => sent(place, 'GetObject').length >= 2);
  const other = Buffer.from(BYTES.toReversed());
  await storeObject(place, 'key', other);
  const ended = await get.ended;
  if (ended.code === 0) return await expectGetOk(place, ended, other);
  expectFail(ended, 7);
  await expectDest(place);
});

it('G08 a captive portal answers everything with HTML: exit 1, the old file stays', async () => {
  const portal: Action = {
    action: 'answer',
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<html><body>Log in to the WiFi</body></html>',
  };
  const all = await openGet(matrix.server, [{ match: {}, do: portal }]);
  expectFail(await all.get('--retries', '2'), 1);
  await expectDest(all);
  await expectNoTemp(all);
  const ranges = await openGet(matrix.server, [range('every', portal)]);
  expectFail(await ranges.get('--retries', '2'), 1);
  await expectDest(ranges);
});

it('G09 a range stalls at 1 MB: the limit passes, it is asked for again', async () => {
  const place = await openGet(matrix.server, [
    range(2, { action: 'stall', direction: 'down', afterBytes: MiB }),
  ]);
  await expectGetOk(place, await place.get('--read-timeout', '2s'));
  expect(hits(place, 'stall')).toBe(1);
});

it('G20 the checksum in the headers is wrong: exit 7, the old file stays', async () => {
  const wrong: Action = {
    action: 'set-headers',
    direction: 'down',
    headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'FULL_OBJECT' },
  };
  const place = await openGet(matrix.server, [
    { match: { operation: 'HeadObject' }, do: wrong },
    { match: { operation: 'GetObject' }, do: wrong },
  ]);
  expectFail(await place.get(), 7);
  await expectDest(place);
  await expectNoTemp(place);
});

it('G28 every range fails the first time: each is asked for twice', async () => {
  const place = await openGet(matrix.server, [
    {
      match: { operation: 'GetObject', nth: 1, per: 'request-identity' },
      do: { action: 'answer', status: 500 },
    },
  ]);
  await expectGetOk(place, await place.get());
  const ranges = sent(place, 'GetObject').map((line) => line.range ?? '');
  expect(ranges).toHaveLength(8);
  expect(new Set(ranges).size).toBe(4);
  expect(BYTES.equals(await readFile(join(place.dir, 'file')))).toBe(true);
});
