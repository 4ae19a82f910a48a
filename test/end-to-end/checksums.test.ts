import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import type { Place } from '../support/processes/place.ts';
import { headObject, listKeys, readObject, storeObject } from '../support/processes/remote.ts';
import { startProxy } from '../support/proxy/proxy.ts';

const MiB = 1024 * 1024;
const BYTES = makeBytes(11 * MiB);
const plain = startEmbedded();
const rejecting = startEmbedded({ checksums: 'rejected' });
const lockable = startEmbedded({ checksums: 'md5-required' });
const forgetful = startEmbedded({ checksums: 'dropped' });

/** The first result line of a run with `--json`. */
function resultOf({ stdout }: { stdout: string }): unknown {
  return JSON.parse(stdout.split('\n')[0] ?? '');
}

async function withFile<P extends Place>(place: P): Promise<P> {
  await writeFile(join(place.dir, 'file'), BYTES);
  await writeFile(join(place.dir, 'small'), 'small');
  return place;
}

describe('--checksum-algorithm', () => {
  it.each([
    ['auto', 'crc32'],
    ['crc64nvme', 'crc64nvme'],
    ['crc32', 'crc32'],
    ['crc32c', 'crc32c'],
    ['sha256', 'sha256'],
    ['sha1', 'sha1'],
  ])('%s proves parts, objects and what comes back by %s', async (name, algorithm) => {
    const place = await withFile(await plain.open());
    const verified = { verified: { by: 'checksum', algorithm } };
    for (const file of ['file', 'small']) {
      const flags = ['--json', '-s', '5MiB', '--checksum-algorithm', name];
      const put = await place.partwise(['put', ...flags, file, place.location(file)]);
      expect(resultOf(put)).toMatchObject(verified);
      const get = await place.partwise(['get', '--json', '-s', '5MiB', place.location(file), 'back']);
      expect(resultOf(get)).toMatchObject(verified);
    }
    expect(BYTES.equals(await readObject(place, 'file'))).toBe(true);
  });

  it.each(['md5', 'none'])('%s sends no checksum header, and the ETag proves the object', async (name) => {
    const place = await withFile(await plain.open());
    const put = (): Promise<unknown> =>
      place.partwise(['put', '-s', '5MiB', '--checksum-algorithm', name, 'file', place.location('key')]);
    const requests = await place.requestsDuring(put);
    const headers = requests.flatMap(({ headerNames }) => headerNames);
    expect(headers.filter((header) => header.startsWith('x-amz-checksum'))).toEqual([]);
    expect(headers.includes('content-md5')).toBe(name === 'md5');
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });

  it('that the server does not take is an error, and nothing is stored without it', async () => {
    const place = await withFile(await rejecting.open());
    const put = await place.partwise([
      'put',
      '--checksum-algorithm',
      'sha256',
      'small',
      place.location('key'),
    ]);
    expect(put).toMatchObject({ code: 1, stderr: expect.stringContaining('--checksum-algorithm') });
    expect(await listKeys(place)).toEqual([]);
  });
});

it('a server that takes no checksum headers is found out once, and that is remembered', async () => {
  const place = await withFile(await rejecting.open());
  const put = async (): Promise<string> =>
    (await place.partwise(['put', '-s', '5MiB', 'file', place.location('key')])).stderr;
  const refusals = async (): Promise<number> => {
    const requests = await place.requestsDuring(put);
    return requests.filter(({ status }) => status === 400 || status === 501).length;
  };
  expect(await put()).toContain('the server does not take checksum headers');
  expect(await refusals()).toBe(0);
  expect(await put()).not.toContain('checksum headers');
  expect((await place.partwise(['get', place.location('key'), 'back'])).code).toBe(0);
  expect(BYTES.equals(await readFile(join(place.dir, 'back')))).toBe(true);
});

describe.each(['wire', 'sdk'])('a server that requires Content-MD5 (%s)', (way) => {
  const env = { PARTWISE_STORE: way };
  const put = async (place: Place, file: string): Promise<void> => {
    const flags = ['-s', '5MiB', '--state-dir', join(place.dir, 'state')];
    const { code, stdout } = await place.partwise(['put', ...flags, file, place.location(file)], { env });
    expect([code, stdout]).toEqual([0, expect.stringContaining('verified')]);
  };
  const refusalsOf = async (place: EmbeddedPlace, file: string): Promise<number> => {
    const requests = await place.requestsDuring(() => put(place, file));
    return requests.filter(({ status }) => status === 400).length;
  };

  it.each(['small', 'file'])('gets it in the next attempt, and from then on: %s', async (file) => {
    const place = await withFile(await lockable.open());
    expect(await refusalsOf(place, file)).toBeGreaterThan(0);
    expect(await refusalsOf(place, file)).toBe(0);
    expect((await readFile(join(place.dir, file))).equals(await readObject(place, file))).toBe(true);
  });

  it('gets it although another bucket of the endpoint takes bodies without a checksum', async () => {
    const place = await withFile(await lockable.open());
    await put(place, 'small');
    const folder = join(place.dir, 'state', 'endpoints');
    const memory = join(folder, (await readdir(folder))[0] ?? '');
    await writeFile(memory, (await readFile(memory, 'utf8')).replace('"content-md5"', '"none"'));
    expect(await refusalsOf(place, 'small')).toBe(1);
    expect(await refusalsOf(place, 'file')).toBe(0);
  });
});

it('finding that out costs no attempt of a part', async () => {
  const place = await withFile(await rejecting.open());
  const put = await place.partwise(['put', '-s', '5MiB', '--retries', '1', 'file', place.location('key')]);
  expect([put.code, put.stderr]).toEqual([0, expect.stringContaining('does not take checksum headers')]);
});

/** A place whose server keeps no checksums, and whose ETags say nothing. */
async function openOpaque(): Promise<Place> {
  const opaque = { ETag: '"opaque"' };
  const proxy = await startProxy({
    target: forgetful.server.endpoint,
    rules: [
      // Conditions name the ETag that was told.
      { match: {}, do: { action: 'remove-headers', direction: 'up', names: ['if-match'] } },
      { match: {}, do: { action: 'set-headers', direction: 'down', headers: opaque } },
    ],
  });
  onTestFinished(() => proxy.close());
  return await withFile(await forgetful.open({ endpoint: proxy.endpoint }));
}

describe('--require-checksum', () => {
  it('makes an object that only its size speaks for an error, and keeps the old file', async () => {
    const place = await openOpaque();
    const put = await place.partwise(['put', '--require-checksum', 'small', place.location('key')]);
    expect(put).toMatchObject({ code: 7, stderr: expect.stringContaining('--require-checksum') });
    await writeFile(join(place.dir, 'back'), 'old');
    const get = await place.partwise(['get', '--require-checksum', place.location('key'), 'back']);
    expect(get.code).toBe(7);
    expect(await readFile(join(place.dir, 'back'), 'utf8')).toBe('old');
  });
  it('changes nothing where a checksum agrees', async () => {
    const place = await withFile(await plain.open());
    const put = await place.partwise(['put', '--require-checksum', 'file', place.location('key')]);
    expect(put.code).toBe(0);
    expect((await place.partwise(['get', '--require-checksum', place.location('key'), 'back'])).code).toBe(0);
  });
});

describe('--verify-only', () => {
  const both = (place: Place): string[][] => [
    ['put', '--verify-only', 'file', place.location('key')],
    ['get', '--verify-only', place.location('key'), 'file'],
  ];
  it('proves that file and object are the same, and moves nothing', async () => {
    const place = await withFile(await plain.open());
    await place.partwise(['put', '-s', '5MiB', 'file', place.location('key')]);
    for (const command of both(place)) {
      const requests = await place.requestsDuring(async () => {
        const ended = await place.partwise([...command, '--json']);
        expect(ended.code).toBe(0);
        expect(resultOf(ended)).toMatchObject({ status: 'done', verified: { by: 'checksum' } });
      });
      expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    }
  });
  it('ends with 7 when one byte or the size differs', async () => {
    const place = await withFile(await plain.open());
    const other = Buffer.from(BYTES);
    other[5 * MiB] = (other[5 * MiB] ?? 0) ^ 1;
    for (const bytes of [other, BYTES.subarray(1)]) {
      await storeObject(place, 'key', Buffer.from(bytes));
      for (const command of both(place)) {
        const ended = await place.partwise(command);
        expect(ended).toMatchObject({ code: 7, stderr: expect.stringContaining('not the same') });
      }
    }
    expect(BYTES.equals(await readFile(join(place.dir, 'file')))).toBe(true);
  });
  it('ends with 4 when one of them is not there, and with 7 when nothing tells', async () => {
    const place = await openOpaque();
    for (const command of both(place)) expect((await place.partwise(command)).code).toBe(4);
    const missing = await place.partwise(['get', '--verify-only', '-r', place.location(), 'nowhere/']);
    expect(missing.code).toBe(4);
    await storeObject(place, 'key', BYTES);
    const ended = await place.partwise(['put', '--verify-only', 'file', place.location('key')]);
    expect(ended).toMatchObject({ code: 7, stderr: expect.stringContaining('compare the bytes') });
  });
  it('needs files on this side, and some proof', async () => {
    const place = await plain.open();
    const stdin = await place.partwise(['put', '--verify-only', '-', place.location('key')], { input: 'x' });
    expect(stdin.code).toBe(2);
    expect((await place.partwise(['get', '--verify-only', place.location('key'), '-'])).code).toBe(2);
    const both = ['get', '--no-verify', '--verify-only', place.location('key'), 'file'];
    expect((await place.partwise(both)).code).toBe(2);
  });
});

it('--no-verify compares nothing but the size', async () => {
  const place = await withFile(await plain.open());
  await storeObject(place, 'key', BYTES);
  const get = await place.partwise(['get', '--json', '--no-verify', place.location('key'), 'back']);
  expect(resultOf(get)).toMatchObject({ status: 'done', verified: { by: 'size' } });
  expect((await headObject(place, 'key')).ContentLength).toBe(BYTES.byteLength);
});
