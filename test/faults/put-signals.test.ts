import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { listUploads } from '../support/processes/remote.ts';
import type { Rule } from '../support/proxy/proxy.ts';
import {
  explain,
  arrived,
  expectClean,
  expectKept,
  expectObject,
  openPut,
  sent,
  settled,
} from './support.ts';

const matrix = startMatrixServer();
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;
const THIRD_STALLS: Rule = {
  match: { operation: 'UploadPart', partNumber: 3 },
  do: { action: 'stall', direction: 'up', afterBytes: 1000 },
};

it('P23 a part in flight lands after the abort: the upload is asked for until it is gone', async () => {
  const place = await openPut(matrix.server, [
    {
      match: { operation: 'UploadPart', partNumber: 3 },
      do: { action: 'delay', ms: 1_000, when: 'before-forward', readBodyFirst: true },
    },
  ]);
  const put = place.startPut(['-c', '1', '--no-resume']);
  await arrived(place, 'UploadPart', 3);
  put.signal('SIGINT');
  expect((await put.ended).code).toBe(130);
  const operations = place.proxy.requests.map(({ operation }) => operation);
  expect(operations.lastIndexOf('ListParts')).toBeGreaterThan(operations.lastIndexOf('AbortMultipartUpload'));
  await settled(place);
  await expectClean(place);
});

it('P42 a signal in the middle: 128+n, kept and said, or with --no-resume nothing left', async () => {
  for (const [name, code] of SIGNALS) {
    const place = await openPut(matrix.server, [THIRD_STALLS], 'old');
    const put = place.startPut(['-c', '1']);
    await arrived(place, 'UploadPart', 3);
    put.signal(name);
    const ended = await put.ended;
    explain(ended.code, ended.stderr).toBe(code);
    await expectKept(place, ended);
    expect(sent(place, 'AbortMultipartUpload')).toEqual([]);
    const clean = await openPut(matrix.server, [THIRD_STALLS], 'old');
    const second = clean.startPut(['-c', '1', '--no-resume']);
    await arrived(clean, 'UploadPart', 3);
    second.signal(name);
    expect((await second.ended).code).toBe(code);
    await expectClean(clean);
    await expectObject(clean, 'old');
  }
});

it('P43 a second SIGINT while the abort stalls: ends at once, the upload named', async () => {
  const stalls: Rule = {
    match: { operation: 'AbortMultipartUpload' },
    do: { action: 'stall', direction: 'up', afterBytes: 0 },
  };
  const place = await openPut(matrix.server, [THIRD_STALLS, stalls]);
  const put = place.startPut(['-c', '1', '--no-resume']);
  await arrived(place, 'UploadPart', 3);
  put.signal('SIGINT');
  await arrived(place, 'AbortMultipartUpload');
  put.signal('SIGINT');
  const ended = await put.ended;
  expect(ended.code).toBe(130);
  const [upload = ''] = await listUploads(place);
  expect(upload).not.toBe('');
  expect(ended.stderr).toMatch(new RegExp(`^left behind: .*upload ${upload.split(' ')[1]}$`, 'm'));
});
