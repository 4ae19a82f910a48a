import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { abortUploads, listUploads, readObject } from '../support/processes/remote.ts';
import type { Action, Rule } from '../support/proxy/proxy.ts';
import {
  BYTES,
  errorBody,
  expectClean,
  expectFail,
  expectObject,
  expectPutOk,
  explain,
  openPut,
  refuse,
  sent,
} from './support.ts';

const matrix = startMatrixServer();
const complete = (nth: Rule['match']['nth'], act: Rule['do']): Rule => ({
  match: { operation: 'CompleteMultipartUpload', nth },
  do: act,
});
/** 200 and this body, in the server's place. */
const pretend = (body: string): Action => ({
  action: 'answer',
  status: 200,
  headers: { 'Content-Type': 'application/xml' },
  body,
  drain: true,
});

it('P12 Complete answers 200 with an InternalError in its body, once: asked again', async () => {
  const error = errorBody('InternalError');
  const bare = error.replace(/^<\?xml.*\n/, '');
  for (const body of [error, bare, `${error}\n`, `   \n\n ${bare}`]) {
    const place = await openPut(matrix.server, [complete(1, pretend(body))]);
    await expectPutOk(place, await place.put());
    expect(sent(place, 'CompleteMultipartUpload')).toHaveLength(2);
    expect(sent(place, 'AbortMultipartUpload')).toEqual([]);
  }
  // The same, from a server that has completed it all the same.
  const done = await openPut(matrix.server, [
    complete(1, { action: 'replace-answer', status: 200, body: error }),
  ]);
  await expectPutOk(done, await done.put());
  expect(sent(done, 'AbortMultipartUpload')).toEqual([]);
});

it('P13 Complete answers 200 with AccessDenied in its body: exit 5 at once, nothing left', async () => {
  const place = await openPut(matrix.server, [complete('every', pretend(errorBody('AccessDenied')))], 'old');
  const put = await place.put();
  expectFail(put, 5);
  expect(sent(place, 'CompleteMultipartUpload')).toHaveLength(1);
  await expectClean(place);
  await expectObject(place, 'old');
});

it('P14 Complete answers 200 with HTML, nothing or half an XML for ever: the object is not claimed', async () => {
  const half = '<?xml version="1.0"?><CompleteMultipartUploadResult><Location>http://x</Loc';
  for (const body of ['<!doctype html><html><body>Log in</body></html>', '', half]) {
    const place = await openPut(matrix.server, [complete('every', pretend(body))], 'old');
    const put = await place.put('--json');
    expectFail(put, [1, 6]);
    expect(put.stdout).not.toContain('"status":"done"');
    for (const upload of await listUploads(place)) expect(put.stderr).toContain(upload.split(' ')[1]);
    await expectObject(place, 'old');
  }
});

it('P15 Complete is done and its answer lost: one HEAD proves it, no Abort', async () => {
  const place = await openPut(matrix.server, [complete(1, { action: 'lose-reply', how: 'reset' })]);
  await expectPutOk(place, await place.put());
  const after = place.proxy.requests
    .slice(place.proxy.requests.findIndex(({ operation }) => operation === 'CompleteMultipartUpload'))
    .map(({ operation }) => operation);
  expect(after).toEqual(['CompleteMultipartUpload', 'CompleteMultipartUpload', 'HeadObject']);
});

it('P17 Complete is silent for longer than the read timeout: it has a limit of its own', async () => {
  const place = await openPut(matrix.server, [
    complete(1, { action: 'delay', ms: 5_000, when: 'before-answer' }),
  ]);
  await expectPutOk(place, await place.put('--read-timeout', '2s'));
  expect(sent(place, 'CompleteMultipartUpload')).toHaveLength(1);
});

it('P22 the abort of a failed put fails for ever: tried three times, and the upload is named', async () => {
  const place = await openPut(matrix.server, [
    { match: { operation: 'UploadPart', partNumber: 3 }, do: refuse(403, 'AccessDenied') },
    { match: { operation: 'AbortMultipartUpload' }, do: refuse(500, 'InternalError') },
  ]);
  const put = await place.put();
  expectFail(put, 5);
  expect(sent(place, 'AbortMultipartUpload').length).toBeGreaterThanOrEqual(3);
  const [upload = ''] = await listUploads(place);
  expect(put.stderr).toContain(`left behind: ${place.location('key')} upload ${upload.split(' ')[1]}`);
});

it('P61 another client aborts the upload just before Complete: nothing is claimed, the old object stays', async () => {
  const place = await openPut(matrix.server, [
    complete(1, { action: 'delay', ms: 3_000, when: 'before-forward' }),
  ]);
  const old = Buffer.from(BYTES).fill(7);
  await writeFile(join(place.dir, 'old'), old);
  // By one request and without a checksum: nothing of it can be compared with the parts of the new one.
  const plain = ['--checksum-algorithm', 'none', '--multipart-threshold', '32MiB'];
  const stored = await place.start(['put', ...plain, 'old', place.location('key')]).ended;
  explain(stored.code, stored.stderr).toBe(0);
  const put = place.startPut(['--json', '-v']);
  await vi.waitUntil(() => sent(place, 'CompleteMultipartUpload').length > 0, { timeout: 60_000 });
  await abortUploads(place, 'key');
  const ended = await put.ended;
  expectFail(ended, [1, 4, 7]);
  expect(ended.stdout).not.toContain('"status":"done"');
  expect((await readObject(place, 'key')).equals(old)).toBe(true);
  expect(await listUploads(place)).toEqual([]);
});
