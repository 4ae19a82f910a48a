import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { listKeys } from '../support/processes/remote.ts';
import { objectsPage, startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
const MIB = 1024 ** 2;

describe('put -r', () => {
  it('sends no file behind a link that appeared after it was listed', async () => {
    const place = await embedded.open();
    const secrets = join(place.dir, '..', 'secrets');
    await mkdir(join(secrets, 'dir'), { recursive: true });
    await writeFile(join(secrets, 'file'), 'secret');
    await writeFile(join(secrets, 'dir', 'inner'), 'secret');
    await mkdir(join(place.dir, 'src', 'zdir'), { recursive: true });
    for (const name of ['a', 'b', 'c']) await writeFile(join(place.dir, 'src', name), makeBytes(3 * MIB));
    await writeFile(join(place.dir, 'src', 'zfile'), 'own');
    await writeFile(join(place.dir, 'src', 'zdir', 'inner'), 'own');

    const putting = place.start([
      'put',
      '-r',
      '--jobs',
      '1',
      '--bwlimit',
      '3MiB',
      '--json',
      'src',
      place.location('p/'),
    ]);
    while ((await listKeys(place)).length === 0) await sleep(50);
    // What was a file and a directory when the tree was read are links by now.
    for (const [name, target] of [
      ['zfile', 'file'],
      ['zdir', 'dir'],
    ] as const) {
      await rm(join(place.dir, 'src', name), { recursive: true });
      await symlink(join(secrets, target), join(place.dir, 'src', name));
    }
    const { code, stdout } = await putting.ended;
    expect((await listKeys(place)).toSorted()).toEqual(['p/a', 'p/b', 'p/c']);
    expect(code).toBe(0);
    expect(stdout.match(/"status":"skipped"/g)).toHaveLength(2);
  }, 60_000);
});

describe('get -r', () => {
  it.each(['wire', 'sdk'])(
    'writes nothing behind a link that appeared meanwhile (%s)',
    async (way) => {
      for (const [size, slow] of [
        [3, 'GET'],
        [9 * MIB, 'HEAD'],
      ] as const) {
        const body = Buffer.alloc(size, 'x');
        const server = await startScripted(({ method, query, headers }) => {
          if (query.has('list-type')) return { body: objectsPage([{ key: 'p/sub/pwned', size }]) };
          const [, start = '0', last = String(size - 1)] =
            /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
          const part = body.subarray(Number(start), Number(last) + 1);
          const head = { ETag: '"e"', 'Content-Length': String(method === 'HEAD' ? size : part.byteLength) };
          const range = { 'Content-Range': `bytes ${start}-${last}/${size}` };
          const delayMs = method === slow ? 1_500 : 0;
          return headers.range === undefined
            ? { headers: head, body: part, delayMs }
            : { status: 206, headers: { ...head, ...range }, body: part, delayMs };
        });
        const place = await embedded.open({ endpoint: server.endpoint });
        const outside = join(place.dir, '..', 'outside');
        await mkdir(outside);
        await mkdir(join(place.dir, 'share', 'sub'), { recursive: true });
        const getting = place.start(['get', '-r', place.location('p/'), 'share/'], {
          env: { PARTWISE_STORE: way },
        });
        while (!server.requests.some(({ path }) => path.endsWith('pwned'))) await sleep(20);
        await rename(join(place.dir, 'share', 'sub'), join(place.dir, 'share', 'old'));
        await symlink(outside, join(place.dir, 'share', 'sub'));
        const { code, stderr } = await getting.ended;
        expect([code, stderr]).toEqual([8, expect.stringContaining('its directory was replaced by another')]);
        expect(await readdir(outside)).toEqual([]);
        expect(await readdir(join(place.dir, 'share', 'old'))).toEqual([]);
      }
    },
    60_000,
  );

  it('writes one file that was named nowhere else, either', async () => {
    const server = await startScripted(({ method }) => ({
      headers: { ETag: '"e"', 'Content-Length': '3' },
      body: 'abc',
      delayMs: method === 'HEAD' ? 1_000 : 0,
    }));
    const place = await embedded.open({ endpoint: server.endpoint });
    const outside = join(place.dir, '..', 'outside');
    await mkdir(outside);
    await mkdir(join(place.dir, 'share', 'sub'), { recursive: true });
    const getting = place.start(['get', place.location('k'), 'share/sub/f']);
    while (server.requests.length === 0) await sleep(20);
    await rename(join(place.dir, 'share', 'sub'), join(place.dir, 'share', 'old'));
    await symlink(outside, join(place.dir, 'share', 'sub'));
    expect((await getting.ended).code).toBe(8);
    expect(await readdir(outside)).toEqual([]);
  });

  it('follows a link within the target as before', async () => {
    const server = await startScripted(({ query }) =>
      query.has('list-type')
        ? { body: objectsPage([{ key: 'p/link/f' }]) }
        : { headers: { ETag: '"e"', 'Content-Length': '3' }, body: 'abc' },
    );
    const place = await embedded.open({ endpoint: server.endpoint });
    await mkdir(join(place.dir, 'out', 'real'), { recursive: true });
    await symlink('real', join(place.dir, 'out', 'link'));
    expect((await place.partwise(['get', '-r', place.location('p/'), 'out'])).code).toBe(0);
    expect(await readFile(join(place.dir, 'out', 'real', 'f'), 'utf8')).toBe('abc');
  });
});
