import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { listUploads } from '../support/processes/remote.ts';
import type { Action, Rule } from '../support/proxy/proxy.ts';
import { BYTES, expectObject, expectPutOk, hits, MiB, openFaults, openPut, partCounts } from './support.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const matrix = startMatrixServer();
const part = (partNumber: number, nth: Rule['match']['nth'], act: Rule['do']): Rule => ({
  match: { operation: 'UploadPart', partNumber, nth },
  do: act,
});

it('P04 a part is reset after 1 MB, twice: it is sent three times', async () => {
  const place = await openPut(matrix.server, [
    part(3, [1, 2], { action: 'reset', direction: 'up', afterBytes: MiB }),
  ]);
  await expectPutOk(place, await place.put());
  expect(partCounts(place)).toEqual([1, 1, 3, 1]);
});

it('P05 the server stops reading a part after 1 MB, once: the limit passes, it is sent again', async () => {
  const place = await openPut(matrix.server, [
    part(2, 1, { action: 'stall', direction: 'up', afterBytes: MiB }),
  ]);
  await expectPutOk(place, await place.put('--read-timeout', '3s'));
  expect(hits(place, 'stall')).toBe(1);
  expect(partCounts(place)).toEqual([1, 2, 1, 1]);
}, 240_000);

it('P06 a part is stored and its answer lost: the same part is sent again', async () => {
  const place = await openPut(matrix.server, [part(2, 1, { action: 'lose-reply', how: 'reset' })]);
  await expectPutOk(place, await place.put());
  expect(partCounts(place)).toEqual([1, 2, 1, 1]);
});

it('P44 the endpoint refuses connections for 10 s in the middle: the put waits and ends well', async () => {
  const place = await openPut(matrix.server, [part(3, 1, { action: 'down', forMs: 10_000 })]);
  await expectPutOk(place, await place.put());
  expect(hits(place, 'down')).toBe(1);
});

it('P48 half of all requests fail in some way: done, or failed with nothing left unsaid', async () => {
  const kinds: Action[] = [
    { action: 'answer', status: 500, drain: true },
    { action: 'answer', status: 503, drain: true },
    { action: 'answer', status: 200, body: '<html>', drain: true },
    { action: 'reset', direction: 'up', afterBytes: 100_000 },
    { action: 'reset', direction: 'up', afterBytes: 0 },
    { action: 'close', direction: 'down', afterBytes: 0 },
    { action: 'lose-reply', how: 'reset' },
    { action: 'flip', direction: 'up', atByte: 1000 },
    { action: 'delay', ms: 200, when: 'before-answer' },
  ];
  const rule: Rule = { match: { probability: 0.5 }, do: { action: 'one-of', of: kinds } };
  for (let seed = 1; seed <= 20; seed++) {
    const place = await openFaults(matrix.server, [rule], { seed });
    await writeFile(join(place.dir, 'file'), BYTES);
    const put = await place.put('--no-resume', '--give-up-after', '30s', '--read-timeout', '3s');
    expect(put.stderr, `seed ${seed}`).not.toMatch(/^\s+at |internal error/m);
    expect(place.proxy.requests.length, `seed ${seed}`).toBeLessThan(250);
    const uploads = await listUploads(place);
    // The abort, or the answer to Create, may itself have been lost; then the upload is named.
    const unsaid = uploads.filter((upload) => !put.stderr.includes(upload.split(' ')[1] ?? ''));
    expect(unsaid, `seed ${seed}: ${put.code} ${put.stderr}`).toEqual([]);
    if (put.code === 0) await expectObject(place, BYTES.toString());
    else expect([1, 6, 7], `seed ${seed}: ${put.stderr}`).toContain(put.code);
  }
}, 600_000);
