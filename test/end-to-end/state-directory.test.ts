import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { beginUpload, listKeys, listUploads } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const MIB = 1024 ** 2;
const isPosix = process.platform !== 'win32';
const isRoot = process.getuid?.() === 0;

type Putting = EmbeddedPlace & {
  readonly state: string;
  /** Where this machine remembers what it learned of the server. */
  readonly notes: string;
  put(...flags: string[]): Promise<number | null>;
};

async function openPlace(): Promise<Putting> {
  const place = await embedded.open();
  await writeFile(join(place.dir, 'file'), makeBytes(11 * MIB));
  const state = join(place.dir, '..', 'state');
  const put = async (...flags: string[]): Promise<number | null> =>
    (
      await place.partwise([
        'put',
        '-s',
        '5MiB',
        '--state-dir',
        state,
        ...flags,
        'file',
        place.location('key'),
      ])
    ).code;
  const name = createHash('sha256').update(`${embedded.server.endpoint}/`).digest('hex');
  return { ...place, state, notes: join(state, 'endpoints', `${name}.json`), put };
}

describe.runIf(isPosix)('a state directory', () => {
  it('that other users may write is not used, and that is said once', async () => {
    const place = await openPlace();
    await mkdir(place.state);
    await chmod(place.state, 0o777);
    const args = ['put', '-s', '5MiB', '--state-dir', place.state, 'file', place.location('key')];
    const { code, stderr } = await place.partwise(args);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^[^\n]*state may be written by other users[^\n]*\n/m),
    ]);
    expect(stderr.match(/may be written/g)).toHaveLength(1);
    expect(await readdir(join(place.state, 'transfers'))).toEqual([]);
  });

  it.runIf(isRoot)('that belongs to another user is not used', async () => {
    const place = await openPlace();
    await mkdir(join(place.state, 'endpoints'), { recursive: true });
    await chown(place.state, 12345, 12345);
    const args = ['put', '-s', '5MiB', '--state-dir', place.state, 'file', place.location('key')];
    const { code, stderr } = await place.partwise(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining('state belongs to another user')]);
  });

  it('does not hold the program up, whatever stands where its files should', async () => {
    const plant: Record<string, (path: string) => Promise<void> | void> = {
      'a FIFO': (path) => void execFileSync('mkfifo', [path]),
      'an endless device': (path) => symlink('/dev/zero', path),
      'a directory': (path) => mkdir(path).then(() => undefined),
      'a large file': (path) => writeFile(path, Buffer.alloc(20 * MIB, ' ')),
    };
    for (const [what, make] of Object.entries(plant)) {
      const place = await openPlace();
      await mkdir(dirname(place.notes), { recursive: true, mode: 0o700 });
      await make(place.notes);
      expect([what, await place.put()]).toEqual([what, 0]);
    }
  });

  it('believes no notes of another user about an endpoint', async () => {
    const place = await openPlace();
    await mkdir(dirname(place.notes), { recursive: true, mode: 0o700 });
    await writeFile(
      place.notes,
      JSON.stringify({ at: Date.now(), checksums: 'none', readsChecksums: false }),
    );
    const checksums = async (): Promise<boolean[]> => {
      const requests = await place.requestsDuring(async () => expect(await place.put()).toBe(0));
      const parts = requests.filter(({ query }) => query.includes('partNumber='));
      return parts.map(({ headerNames }) => headerNames.includes('x-amz-checksum-crc32'));
    };
    // A note of this user counts.
    expect(new Set(await checksums())).toEqual(new Set([false]));
    await chmod(place.notes, 0o666);
    expect(new Set(await checksums())).toEqual(new Set([true]));
  });

  it.each(['a FIFO', "another user's lock"])('is not held up by %s as a lock', async (what) => {
    const place = await openPlace();
    const putting = place.start([
      'put',
      '-s',
      '5MiB',
      '--bwlimit',
      '2MiB',
      '--state-dir',
      place.state,
      'file',
      place.location('key'),
    ]);
    const transfers = join(place.state, 'transfers');
    let lock: string | undefined;
    while (lock === undefined)
      lock = (await readdir(transfers).catch((): string[] => [])).find((name) =>
        name.endsWith('.jsonl.lock'),
      );
    putting.signal('SIGKILL');
    await putting.ended;
    await rm(join(transfers, lock));
    if (what === 'a FIFO') execFileSync('mkfifo', [join(transfers, lock)]);
    else {
      await writeFile(join(transfers, lock), JSON.stringify({ pid: 1, startedAt: null }));
      await chmod(join(transfers, lock), 0o666);
    }
    expect(await place.put()).toBe(0);
    expect((await place.partwise(['cleanup', '--local', '--state-dir', place.state])).code).toBe(0);
  });
});

describe('a remembered transfer that makes no sense', () => {
  it.each([
    ['parts that are too large', 6 * 1024 * MIB],
    ['parts that are too many', 1],
    ['parts that are too small', 2 * MIB],
    ['no parts', 0],
  ])('is ignored: %s', async (_, partSize) => {
    const place = await openPlace();
    const putting = place.start([
      'put',
      '-s',
      '5MiB',
      '-c',
      '1',
      '--bwlimit',
      '3MiB',
      '--state-dir',
      place.state,
      'file',
      place.location('key'),
    ]);
    const transfers = join(place.state, 'transfers');
    const pageOf = async (): Promise<string | undefined> =>
      (await readdir(transfers).catch((): string[] => [])).find((name) => name.endsWith('.jsonl'));
    while ((await pageOf()) === undefined || (await listUploads(place)).length === 0);
    putting.signal('SIGKILL');
    await putting.ended;
    const page = join(transfers, (await pageOf()) ?? '');
    const text = await readFile(page, 'utf8');
    await writeFile(page, text.replace(/"partSize":\d+/, `"partSize":${partSize}`));
    expect(await place.put()).toBe(0);
    expect(await listKeys(place)).toEqual(['key']);
  });
});

it('an upload whose parts no plan has is left alone', async () => {
  const place = await openPlace();
  const uploadId = await beginUpload(place, 'key');
  expect(await place.put()).toBe(0);
  expect(await listKeys(place)).toEqual(['key']);
  expect((await listUploads(place)).join()).toContain(uploadId);
});
