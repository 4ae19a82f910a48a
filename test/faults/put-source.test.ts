// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { appendFile, mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { needsTool, underPermissions } from './privileges.ts';
import { makeBytes } from '../support/processes/files.ts';
import type { Ended } from '../support/processes/program.ts';
import { listKeys, readObject } from '../support/processes/remote.ts';
import {
  explain,
  arrived,
  BYTES,
  expectClean,
  expectFail,
  expectObject,
  expectPutOk,
  type FaultPlace,
  MiB,
  openFaults,
  openPut,
  sent,
} from './support.ts';

const matrix = startMatrixServer();

/** Puts part by part, and does something to the file while the second part is held back. */
async function putWhile(change: (path: string) => Promise<unknown>): Promise<[FaultPlace, Ended]> {
  const place = await openPut(
    matrix.server,
    [
      {
        match: { operation: 'UploadPart', partNumber: 2, nth: 1 },
        do: { action: 'delay', ms: 3_000, when: 'before-forward' },
      },
    ],
    'old',
  );
  const put = place.startPut(['-c', '1']);
  await arrived(place, 'UploadPart', 2);
  await change(join(place.dir, 'file'));
  return [place, await put.ended];
}

async function expectChanged(place: FaultPlace, put: Ended): Promise<void> {
  expectFail(put, 7, /file/);
  expect(put.stderr).toMatch(/(?:changed|became shorter) while it was read/);
  expect(sent(place, 'CompleteMultipartUpload')).toEqual([]);
  await expectClean(place);
  await expectObject(place, 'old');
}

it('P24 the file grows while it is sent: exit 7, nothing stored', async () => {
  await expectChanged(...(await putWhile((path) => appendFile(path, 'more'))));
});

it('P25 the file is cut while it is sent: exit 7, no waiting for bytes that never come', async () => {
  await expectChanged(...(await putWhile((path) => truncate(path, 8 * MiB))));
});

it('P26 bytes of the file are written over while it is sent: exit 7', async () => {
  const change = async (path: string): Promise<void> => {
    const file = await open(path, 'r+');
    await file.write('other bytes', 1000);
    await file.close();
  };
  await expectChanged(...(await putWhile(change)));
});

it('P28 the file is removed while it is sent: its bytes are still there', async () => {
  const [place, put] = await putWhile((path) => rm(path));
  await expectPutOk(place, put);
});

it('P29 the disk fails in the middle of the file: exit 8, nothing left', async (context) => {
  // Makes the system fail what it is told to.
  needsTool(context, 'strace', '-f', '-qq', '-o', '/dev/null', 'true');
  const place = await openPut(matrix.server, [], 'old');
  const trace = `strace -f -qq -o ../trace -P "$PWD/file" -e trace=pread64 -e inject=pread64:error=EIO:when=3+`;
  // It counts for each thread; so one thread reads.
  const env = { UV_THREADPOOL_SIZE: '1' };
  const put = await place.shell(`${trace} partwise put -s 5MiB -c 1 file ${place.location('key')}`, { env });
  expectFail(put, 8, /cannot read file: the device reported an error/);
  expect(sent(place, 'UploadPart').length).toBeGreaterThan(0);
  await expectClean(place);
  await expectObject(place, 'old');
});

it('P30 the source is missing, a directory, or not to be read: no request is made', async (context) => {
  const place = await openFaults(matrix.server);
  expectFail(await place.put(), 4, /file/);
  await mkdir(join(place.dir, 'file'));
  expectFail(await place.put(), 2, /file/);
  expect(place.proxy.requests).toEqual([]);
  const put = `${underPermissions(context)} partwise put secret ${place.location('key')}`;
  expectFail(await place.shell(`echo text > secret && chmod 000 secret && ${put}`), 8, /secret.*permission/);
  expect(place.proxy.requests).toEqual([]);
});

it('P31 the source is a FIFO, read like stdin, or an endless device, refused', async () => {
  const place = await openFaults(matrix.server);
  // Whoever writes into a FIFO waits for a reader, who may never come.
  const fifo = await place.shell(
    `mkfifo file
     timeout 20 bash -c 'exec 3<>file; head -c 7000000 /dev/zero >&3' >/dev/null 2>&1 &
     timeout 30 partwise put -s 5MiB file ${place.location('key')}`,
  );
  explain([0, 2], fifo.stderr).toContain(fifo.code);
  const isRead = fifo.code === 0;
  if (isRead) expect((await readObject(place, 'key')).equals(Buffer.alloc(7_000_000))).toBe(true);
  await expectClean(place);
  const zero = await place.partwise(['put', '/dev/zero', place.location('zero')]);
  expectFail(zero, 2, /\/dev\/zero/);
  await place.shell(`node -e "require('net').createServer().listen('socket',()=>process.exit())"`);
  expectFail(await place.partwise(['put', 'socket', place.location('socket')]), 2, /socket/);
  const stdin = await place.shell(`printf text | partwise put /dev/stdin ${place.location('stdin')}`);
  explain([0, 2], stdin.stderr).toContain(stdin.code);
  const stored = [...(isRead ? ['key'] : []), ...(stdin.code === 0 ? ['stdin'] : [])];
  expect(await listKeys(place)).toEqual(stored);
});

it('P32 sizes around a part, none, and more parts than there may be', async () => {
  const place = await openFaults(matrix.server);
  for (const size of [0, 1, 5 * MiB - 1, 5 * MiB, 5 * MiB + 1, 10 * MiB]) {
    const bytes = makeBytes(size);
    await writeFile(join(place.dir, 'file'), bytes);
    await expectPutOk(place, await place.put(), bytes);
  }
  // Three parts at most: the part size grows.
  await writeFile(join(place.dir, 'file'), BYTES);
  const before = place.proxy.requests.length;
  const put = await place.partwise(['put', '--max-parts', '3', 'file', place.location('key')]);
  await expectPutOk(place, put);
  const parts = place.proxy.requests.slice(before).filter(({ operation }) => operation === 'UploadPart');
  expect(parts.length).toBeLessThanOrEqual(3);
  // A part size that was asked for and cannot do is refused, or grown, but never sent in vain.
  const asked = place.proxy.requests.length;
  const refused = await place.put('--max-parts', '3');
  if (refused.code === 0) await expectPutOk(place, refused);
  else {
    expectFail(refused, 2, /part/);
    expect(place.proxy.requests).toHaveLength(asked);
  }
  // 60 TiB fit no object; files without bytes on the disk can be that large on some disks.
  const sparse = await place.shell('truncate -s 60T huge');
  if (sparse.code === 0) {
    expectFail(await place.partwise(['put', 'huge', place.location('huge')]), 2, /huge|part/);
    expect(await listKeys(place)).toEqual(['key']);
  }
  expect(await readFile(join(place.dir, 'file'))).toHaveLength(BYTES.byteLength);
});
