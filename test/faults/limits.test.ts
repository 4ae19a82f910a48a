// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeBytes, sha256, writeTree } from '../support/processes/files.ts';
import { storeObject } from '../support/processes/remote.ts';
import { startMatrixServer } from './matrix-server.ts';
import { peakVariables, readPeak } from './peak.ts';
import { BYTES, expectFail, expectPutOk, explain, MiB, openFaults, sent } from './support.ts';

const matrix = startMatrixServer();

it('P49 few files may be open: done with fewer lanes, or a plain exit 8', async () => {
  const place = await openFaults(matrix.server);
  const names = Array.from({ length: 64 }, (_, index) => `f${String(index).padStart(2, '0')}`);
  await writeTree(join(place.dir, 'in'), Object.fromEntries(names.map((name) => [name, name.repeat(1000)])));
  await writeFile(join(place.dir, 'file'), BYTES);
  const limited = (files: number, args: string) => place.shell(`ulimit -n ${files} && partwise ${args}`);
  // Enough for Node, and not for us: nothing is begun that could not be remembered.
  const none = await limited(20, `put -c 64 file ${place.location('key')}`);
  expectFail(none, 8, /too many open files/);
  expect(place.proxy.requests.map(({ operation }) => operation)).toEqual(['ListMultipartUploads']);
  for (const files of [64, 128]) {
    const put = await limited(files, `put -r -j 64 -c 64 in ${place.location(`${files}/`)}`);
    explain(put.code, put.stderr).toBe(0);
    const large = await limited(files, `put -s 5MiB -c 64 file ${place.location('key')}`);
    await expectPutOk(place, large);
    const get = await limited(files, `get -r -j 64 -c 64 ${place.location(`${files}/`)} out${files}/`);
    explain(get.code, get.stderr).toBe(0);
    for (const name of names)
      expect(await readFile(join(place.dir, `out${files}`, name), 'utf8')).toBe(name.repeat(1000));
  }
});

it('P50 large parts and many lanes: no more memory than the parts in flight, and the budget', async (context) => {
  const place = await openFaults(matrix.server);
  const env = peakVariables(context, place);
  const made = await place.shell('truncate -s 1G file && printf x > small');
  expect(made.code).toBe(0);
  const put = async (...args: string[]): Promise<number> => {
    const ended = await place.partwise(['put', '--progress', 'none', ...args, place.location('key')], {
      env,
    });
    explain(ended.code, ended.stderr).toBe(0);
    return await readPeak(place);
  };
  const base = await put('small');
  const few = await put('-s', '8MiB', '-c', '4', 'file');
  expect(few).toBeLessThan(base + (4 * 8 + 64) * MiB);
  expect(sent(place, 'UploadPart')).toHaveLength(128);
  // Sixteen parts of 64 MiB would be a gigabyte: the budget allows four of them.
  const many = await put('-s', '64MiB', '-c', '16', 'file');
  expect(many).toBeLessThan(base + (256 + 64) * MiB);
}, 600_000);

it('S11 the reader is slow: no limit of ours passes while we are not read, and memory stays bounded', async (context) => {
  const place = await openFaults(matrix.server);
  const env = peakVariables(context, place);
  const bytes = makeBytes(150 * MiB);
  await storeObject(place, 'key', bytes);
  await storeObject(place, 'small', 'text');
  expect((await place.shell(`partwise get ${place.location('small')} -`, { env })).stdout).toBe('text');
  const base = await readPeak(place);
  const asked = sent(place, 'GetObject').length;
  // Three seconds of a kilobyte a second, six of nothing, then all that is left.
  const reader = '(for i in 1 2 3; do head -c 1000; sleep 1; done; sleep 6; cat)';
  const get = await place.shell(
    `partwise get -s 5MiB -c 3 --read-timeout 2s ${place.location('key')} - | ${reader} | sha256sum; exit "\${PIPESTATUS[0]}"`,
    { env },
  );
  explain(get.code, get.stderr).toBe(0);
  expect(get.stdout.split(' ')[0]).toBe(sha256(bytes));
  expect(sent(place, 'GetObject').length - asked).toBe(30);
  expect(await readPeak(place)).toBeLessThan(base + (3 * 5 + 64) * MiB);
});
