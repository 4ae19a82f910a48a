import { setMaxListeners } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNow } from '../../src/local/read-job.ts';
import { createReadThreads, type ReadThreads } from '../../src/local/read-threads.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { sumOf } from '../support/memory/state.ts';

const BYTES = patternBytes(3_000_000);
const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);
/** As built: Node starts threads only of JavaScript. */
const BUILT = new URL('../../dist/local/read-threads.js', import.meta.url).href;
let dir: string;
let fd: number;
let threads: ReadThreads;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'read-threads-'));
  writeFileSync(join(dir, 'f'), BYTES);
  fd = openSync(join(dir, 'f'), 'r');
  const built: { createReadThreads: typeof createReadThreads } = await import(BUILT);
  threads = built.createReadThreads(2);
});
afterAll(async () => {
  threads.close();
  closeSync(fd);
  await rm(dir, { recursive: true });
});

const shared = (size: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(size));

describe('threads that read', () => {
  test.each([[['crc32'] as const], [['sha256', 'crc32'] as const]])(
    'fill shared memory and sum it by %j, many at a time',
    async (algorithms) => {
      const starts = Array.from({ length: 12 }, (_, index) => index * 200_000);
      const pieces = await Promise.all(
        starts.map(async (start) => {
          const into = shared(300_000);
          return { start, into, outcome: await threads.read({ fd, start, into, algorithms }, NEVER) };
        }),
      );
      for (const { start, into, outcome } of pieces) {
        const expected = BYTES.subarray(start, start + 300_000);
        expect(Buffer.from(into).equals(expected)).toBe(true);
        expect(outcome).toEqual({ type: 'read', sums: sumOf(expected, [...algorithms]) });
      }
    },
  );

  test('say when the file ends before, and when it cannot be read', async () => {
    const job = { fd, start: BYTES.byteLength - 10, into: shared(20), algorithms: [] };
    expect(await threads.read(job, NEVER)).toEqual({ type: 'short' });
    expect(await threads.read({ ...job, fd: 99_999 }, NEVER)).toMatchObject({
      type: 'failed',
      code: 'EBADF',
    });
  });

  test('leave to the caller what lies in memory of its own: a thread would fill a copy', async () => {
    const job = { fd, start: 0, into: new Uint8Array(10), algorithms: [] };
    expect(await threads.read(job, NEVER)).toBeUndefined();
  });

  test('leave everything to the caller where none can be started', async () => {
    const none = createReadThreads(1);
    const jobs = [1, 2, 3].map((start) => none.read({ fd, start, into: shared(5), algorithms: [] }, NEVER));
    expect(await Promise.all(jobs)).toEqual([undefined, undefined, undefined]);
    none.close();
  });

  test('are not waited for by an aborted signal', async () => {
    const job = { fd, start: 0, into: shared(3_000_000), algorithms: ['sha256' as const] };
    const controller = new AbortController();
    const reading = threads.read(job, controller.signal);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ kind: 'interrupted' });
    await expect(threads.read(job, controller.signal)).rejects.toMatchObject({ kind: 'interrupted' });
  });
});

test('reading at once gives what a thread gives', () => {
  const into = new Uint8Array(BYTES.byteLength);
  expect(readNow({ fd, start: 0, into, algorithms: ['crc32'] })).toEqual({
    type: 'read',
    sums: sumOf(BYTES, ['crc32']),
  });
  expect(Buffer.from(into).equals(BYTES)).toBe(true);
});
