import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { listTree, makeBytes } from '../support/processes/files.ts';
import { startForwarder } from '../support/processes/forwarder.ts';
import { withoutShell } from '../support/processes/place.ts';
import { listKeys, listUploads, readObject, storeObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const embedded = startEmbedded();
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

describe.skipIf(withoutShell)(`a signal${withoutShell}`, () => {
  it.each(SIGNALS)(
    '%s ends a put that shall not be resumed with %i, and leaves no upload and the old object',
    async (name, code) => {
      // The first part passes; the second stands still.
      const slow = await startForwarder(embedded.server.endpoint, { up: 6 * MiB });
      const place = await embedded.open({ endpoint: slow.endpoint });
      await storeObject(place, 'key', 'old');
      await writeFile(join(place.dir, 'file'), makeBytes(20 * MiB));
      const put = place.start(['put', '--no-resume', '-s', '5MiB', '-c', '1', 'file', place.location('key')]);
      await slow.stuck;
      const [upload = ''] = await listUploads(place);
      put.signal(name);
      const ended = await put.ended;
      expect(ended).toMatchObject({ code, stdout: '' });
      expect(ended.stderr).toContain(`aborted: ${place.location('key')} upload ${upload.split(' ')[1]}`);
      expect(ended.stderr).not.toMatch(/^\s+at /m);
      expect(await listUploads(place)).toEqual([]);
      expect((await readObject(place, 'key')).toString()).toBe('old');
    },
  );

  it.each(SIGNALS)(
    '%s ends a get that shall not be resumed with %i, and leaves the old file and nothing else',
    async (name, code) => {
      const slow = await startForwarder(embedded.server.endpoint, { down: 6 * MiB });
      const place = await embedded.open({ endpoint: slow.endpoint });
      await storeObject(place, 'key', makeBytes(20 * MiB));
      await writeFile(join(place.dir, 'file'), 'old');
      const get = place.start(['get', '--no-resume', '-s', '5MiB', '-c', '1', place.location('key'), 'file']);
      await slow.stuck;
      get.signal(name);
      const ended = await get.ended;
      expect(ended).toMatchObject({ code, stdout: '' });
      expect(await listTree(place.dir)).toEqual(['file']);
      expect(await readFile(join(place.dir, 'file'), 'utf8')).toBe('old');
    },
  );

  it('SIGINT ends a put from stdin with 130 and leaves nothing', async () => {
    const slow = await startForwarder(embedded.server.endpoint, { up: 6 * MiB });
    const place = await embedded.open({ endpoint: slow.endpoint });
    const args = ['put', '-s', '5MiB', '-c', '1', '-', place.location('key')];
    const put = place.start(args, { input: makeBytes(20 * MiB) });
    await slow.stuck;
    put.signal('SIGINT');
    expect((await put.ended).code).toBe(130);
    expect(await listUploads(place)).toEqual([]);
    expect(await listKeys(place)).toEqual([]);
  });

  it('SIGINT ends a put of many files: nothing new begins, nothing is left', async () => {
    const slow = await startForwarder(embedded.server.endpoint, { up: 1 * MiB });
    const place = await embedded.open({ endpoint: slow.endpoint });
    const script = 'mkdir dir && for i in 1 2 3 4 5 6 7 8 9; do head -c 2000000 /dev/zero > dir/$i; done';
    expect((await place.shell(script)).code).toBe(0);
    const put = place.start(['put', '-r', '-j', '2', '--json', 'dir', place.location('p/')]);
    await slow.stuck;
    put.signal('SIGINT');
    const ended = await put.ended;
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'summary',
      exitCode: 130,
      error: { kind: 'interrupted' },
    });
    expect(await listKeys(place)).toEqual([]);
    expect(await listUploads(place)).toEqual([]);
  });

  it.each([
    ['', (line: string): string => line],
    [' in JSON', (line: string): string => JSON.parse(line).message],
  ])('a second SIGINT ends at once, and the upload that is left is named%s', async (form, read) => {
    const slow = await startForwarder(embedded.server.endpoint, { up: 6 * MiB });
    const place = await embedded.open({ endpoint: slow.endpoint });
    await writeFile(join(place.dir, 'file'), makeBytes(20 * MiB));
    const flags = ['-s', '5MiB', '-c', '1', '--progress', form === '' ? 'auto' : 'json'];
    const put = place.start(['put', '--no-resume', ...flags, 'file', place.location('key')]);
    await slow.stuck;
    slow.freeze();
    put.signal('SIGINT');
    await put.said(/SIGINT: stopping/);
    put.signal('SIGINT');
    const ended = await put.ended;
    const [upload = ''] = await listUploads(place);
    expect(ended.code).toBe(130);
    expect(upload).not.toBe('');
    const last = ended.stderr.trimEnd().split('\n').map(read).at(-1);
    expect(last).toMatch(new RegExp(`left behind: s3:.* upload ${upload.split(' ')[1]}$`));
  });

  it('SIGINT while nothing answers yet ends with 130', async () => {
    const slow = await startForwarder(embedded.server.endpoint, { up: 0 });
    const place = await embedded.open({ endpoint: slow.endpoint });
    const ls = place.start(['ls', place.location()]);
    await slow.stuck;
    ls.signal('SIGINT');
    expect(await ls.ended).toMatchObject({ code: 130, stdout: '' });
  });
});
