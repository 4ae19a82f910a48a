import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import type { Ended } from '../support/processes/program.ts';
import { beginUpload, listUploads } from '../support/processes/remote.ts';
import type { Rule } from '../support/proxy/proxy.ts';
import {
  explain,
  arrived,
  BYTES,
  errorBody,
  expectFail,
  type FaultPlace,
  nextSecond,
  openFaults,
  refuse,
  sent,
} from './support.ts';

const matrix = startMatrixServer();
/** Everything in which nothing happens at this very instant. */
const STALE = ['--older-than', '0s', '--force'];

/** A bucket with uploads `k0`, `k1` …, all of them begun in seconds that are over. */
async function openUploads(count: number): Promise<FaultPlace> {
  const place = await openFaults(matrix.server);
  for (let index = 0; index < count; index++) {
    await beginUpload(place, `k${index}`);
    // Servers may tell whole seconds, and what all began in one instant is not believed.
    if (index === 0) await nextSecond();
  }
  // The time of an answer may be that of a second ago.
  await nextSecond();
  await nextSecond();
  return place;
}

const cleanup = (place: FaultPlace, ...flags: string[]): Promise<Ended> =>
  place.partwise(['cleanup', place.location(), ...flags]);
const deletes = (place: FaultPlace): number => sent(place, 'AbortMultipartUpload').length;

it('A01 abort of an unknown id: 0, gone, said; of an unknown bucket: 4', async () => {
  const place = await openUploads(1);
  const [upload = ''] = await listUploads(place);
  const args = ['abort', '--json', place.location('k0'), '--upload-id', upload.split(' ')[1] ?? ''];
  expect((await place.partwise(args)).code).toBe(0);
  const again = await place.partwise(args);
  explain(again.code, again.stderr).toBe(0);
  expect(again.stdout).toContain('"action":"gone"');
  expect(again.stderr).not.toBe('');
  const none = await place.partwise(['abort', 's3://there-is-none/key', '--upload-id', 'x']);
  expectFail(none, 4, /there-is-none/);
});

it('A02 the answer to an abort is lost and the second one is told NoSuchUpload: 0', async () => {
  const place = await openUploads(1);
  place.proxy.setRules([
    { match: { operation: 'AbortMultipartUpload', nth: 1 }, do: { action: 'lose-reply', how: 'reset' } },
  ]);
  const abort = await place.partwise(['abort', place.location('k0')]);
  explain(abort.code, abort.stderr).toBe(0);
  expect(deletes(place)).toBe(2);
  expect(await listUploads(place)).toEqual([]);
});

it('A04 abort of a key with two uploads: lists both, exit 2, and aborts none', async () => {
  const place = await openFaults(matrix.server);
  const ids = [await beginUpload(place, 'key'), await beginUpload(place, 'key')];
  const abort = await place.partwise(['abort', place.location('key')]);
  expectFail(abort, 2);
  for (const id of ids) expect(abort.stdout + abort.stderr).toContain(id);
  expect(deletes(place)).toBe(0);
  expect((await place.partwise(['abort', '--all', '--force', place.location('key')])).code).toBe(0);
  expect(await listUploads(place)).toEqual([]);
});

it('C01 a clock is ahead: young uploads stay, by both clocks', async () => {
  const place = await openUploads(2);
  const ahead = (hours: number): Rule => ({
    match: {},
    do: { action: 'date-offset', seconds: hours * 3600 },
  });
  place.proxy.setRules([ahead(48)]);
  expectFail(await cleanup(place, '--older-than', '10h'), 1, /apart|clock/);
  place.proxy.setRules([ahead(20)]);
  const kept = await cleanup(place, '--older-than', '10h');
  explain(kept.code, kept.stderr).toBe(0);
  expect(kept.stderr).toMatch(/clock|apart/);
  expect(kept.stdout).toContain('young 2');
  place.proxy.setRules([{ match: {}, do: { action: 'remove-headers', direction: 'down', names: ['Date'] } }]);
  expectFail(await cleanup(place, '--older-than', '1h'), 1, /Date|time|clock/);
  expect(deletes(place)).toBe(0);
  expect(await listUploads(place)).toHaveLength(2);
});

it('C05 one abort in ten is refused: the rest is done, the one is named, exit 3', async () => {
  const place = await openUploads(10);
  place.proxy.setRules([
    { match: { operation: 'AbortMultipartUpload', key: 'k5' }, do: refuse(403, 'AccessDenied') },
  ]);
  const ended = await cleanup(place, ...STALE);
  expectFail(ended, 3, /k5/);
  expect(ended.stdout).toContain('aborted 9');
  expect((await listUploads(place)).map((line) => line.split(' ')[0])).toEqual(['k5']);
});

/** A page of uploads that begins again where it began. */
function uploadsPage(place: FaultPlace, keys: readonly string[], next: string): string {
  const old = new Date(Date.now() - 8 * 86_400_000);
  const uploads = keys.map(
    (key, index) =>
      `<Upload><Key>${key}</Key><UploadId>id-${key}</UploadId><Initiated>${new Date(old.getTime() - index * 1000).toISOString()}</Initiated></Upload>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${place.bucket}</Bucket><NextKeyMarker>${next}</NextKeyMarker><NextUploadIdMarker>id-${next}</NextUploadIdMarker><MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`;
}

it('C07 the second page of uploads fails, or the markers repeat: exit ≠ 0, no circle, no empty marker', async () => {
  const place = await openFaults(matrix.server);
  const answer = (body: string, nth: Rule['match']['nth'], status = 200): Rule => ({
    match: { operation: 'ListMultipartUploads', nth },
    do: { action: 'answer', status, headers: { 'Content-Type': 'application/xml' }, body },
  });
  const first = uploadsPage(place, ['a', 'b'], 'b');
  place.proxy.setRules([answer(first, 1), answer(errorBody('InvalidArgument'), [2, 1_000_000], 400)]);
  const fails = await cleanup(place, '--older-than', '7d');
  expectFail(fails, [1, 3], /list/i);
  place.proxy.setRules([answer(first, 'every')]);
  const repeats = await cleanup(place, '--older-than', '7d');
  expectFail(repeats, [1, 3], /list/i);
  const lists = sent(place, 'ListMultipartUploads');
  expect(lists.length).toBeLessThan(30);
  const empty = lists.filter(({ query }) => /(?:key-marker|upload-id-marker)=(?:&|$)/.test(query));
  expect(empty).toEqual([]);
});

it('C08 ages that are none, or too short: exit 2, nothing is aborted', async () => {
  const place = await openUploads(1);
  for (const age of ['0', '-1h', '1', '1w2x', '', '0s', '59m']) {
    const ended = await cleanup(place, `--older-than=${age}`);
    expect(ended.code, `"${age}": ${ended.stderr}`).toBe(2);
  }
  const swallowed = await place.shell(`partwise cleanup ${place.location()} --older-than $NONE --dry-run`);
  explain(swallowed.code, swallowed.stderr).toBe(2);
  expect((await cleanup(place)).code).toBe(2);
  expect(place.proxy.requests).toEqual([]);
  expect(await listUploads(place)).toHaveLength(1);
});

it('C09 a dry run: the list of the real run, and no DELETE', async () => {
  const place = await openUploads(3);
  const keys = (text: string): string[] => [...text.matchAll(/s3:\/\/\S+/g)].map(([location]) => location);
  const dry = await cleanup(place, ...STALE, '--dry-run');
  explain(dry.code, dry.stderr).toBe(0);
  expect(deletes(place)).toBe(0);
  const real = await cleanup(place, ...STALE);
  expect(keys(dry.stdout)).toHaveLength(3);
  expect(keys(real.stdout)).toEqual(keys(dry.stdout));
  expect(deletes(place)).toBe(3);
});

it('C11 two cleanups at one time: both 0, everything gone', async () => {
  const place = await openUploads(5);
  const both = await Promise.all([cleanup(place, ...STALE), cleanup(place, ...STALE)]);
  explain(
    both.map(({ code }) => code),
    both.map(({ stderr }) => stderr).join('\n'),
  ).toEqual([0, 0]);
  expect(await listUploads(place)).toEqual([]);
});

it('C12 an upload that a living put works on: kept, and that is said', async () => {
  const place = await openFaults(matrix.server, [
    {
      match: { operation: 'UploadPart', partNumber: 2 },
      do: { action: 'stall', direction: 'up', afterBytes: 1000 },
    },
  ]);
  await writeFile(join(place.dir, 'file'), BYTES);
  const put = place.startPut(['-c', '1']);
  await arrived(place, 'UploadPart', 2);
  const ended = await cleanup(place, ...STALE);
  explain(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toContain('a put is running on this machine');
  expect(deletes(place)).toBe(0);
  expect(await listUploads(place)).toHaveLength(1);
  put.signal('SIGKILL');
  await put.ended;
});
