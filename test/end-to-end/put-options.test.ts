import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes, writeTree } from '../support/processes/files.ts';
import { headObject, listUploads, readObject, storeObject } from '../support/processes/remote.ts';
import { startProxy } from '../support/proxy/proxy.ts';

const embedded = startEmbedded();
const BIG = makeBytes(11 * 1024 * 1024);

describe('the headers of an object', () => {
  it.each([
    ['in one request', Buffer.from('text')],
    ['in parts', BIG],
  ])('are the ones that were asked for, stored %s', async (_, bytes) => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file.txt'), bytes);
    const flags = [
      ['--content-type', 'text/x'],
      ['--cache-control', 'max-age=3'],
      ['--content-encoding', 'identity'],
      ['--content-disposition', 'attachment'],
      ['--content-language', 'de'],
      ['--expires', '2027-01-31T12:00:00Z'],
      ['--storage-class', 'standard_ia'],
      ['--metadata', 'Name=größe=雪'],
      ['--metadata', 'plain=x y'],
    ].flat();
    const put = await place.partwise(['put', '-s', '5MiB', ...flags, 'file.txt', place.location('key')]);
    expect([put.code, put.stderr]).toEqual([0, expect.any(String)]);
    expect(await headObject(place, 'key')).toMatchObject({
      ContentType: 'text/x',
      CacheControl: 'max-age=3',
      ContentEncoding: 'identity',
      ContentDisposition: 'attachment',
      ContentLanguage: 'de',
      ExpiresString: 'Sun, 31 Jan 2027 12:00:00 GMT',
      StorageClass: 'STANDARD_IA',
      Metadata: { name: '=?UTF-8?B?Z3LDtsOfZT3pm6o=?=', plain: 'x y' },
    });
  });

  it('go out with the request that makes it: tags, ACL, encryption', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    const flags = ['--tag', 'a=b c', '--tag', 'd=e&f', '--acl', 'private', '--sse', 'AES256'];
    const requests = await place.requestsDuring(() =>
      place.partwise(['put', ...flags, 'file', place.location('key')]),
    );
    const [put] = requests;
    expect(put?.headerNames).toEqual(
      expect.arrayContaining(['x-amz-tagging', 'x-amz-acl', 'x-amz-server-side-encryption']),
    );
    const kms = await place.requestsDuring(() =>
      place.partwise(['put', '--sse-kms-key-id', 'id', 'file', place.location('key')]),
    );
    expect(kms[0]?.headerNames).toContain('x-amz-server-side-encryption-aws-kms-key-id');
  });

  it('that contradict each other or make no sense are refused before any request', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    await writeFile(join(place.dir, 'key'), 'too short');
    const requests = await place.requestsDuring(async () => {
      for (const flags of [
        ['--metadata', 'nothing'],
        ['--metadata', '=x'],
        ['--metadata', 'ü=x'],
        ['--metadata', 'a=x', '--metadata', 'A=y'],
        ['--expires', 'soon'],
        ['--acl', 'everybody'],
        ['--sse', 'AES256', '--sse-kms-key-id', 'id'],
        ['--sse-c-key', 'key'],
        ['--no-overwrite', '--if-match', 'etag'],
        ['-0'],
      ]) {
        const ended = await place.partwise(['put', ...flags, 'file', place.location('key')]);
        expect([flags, ended.code]).toEqual([flags, 2]);
      }
    });
    expect(requests).toEqual([]);
  });

  it('for encryption are looked after: a server that ignores them is found out, in one request and in parts', async () => {
    const proxy = await startProxy({
      target: embedded.server.endpoint,
      rules: [
        {
          match: {},
          do: { action: 'remove-headers', direction: 'down', names: ['x-amz-server-side-encryption'] },
        },
      ],
    });
    onTestFinished(() => proxy.close());
    const [honest, ignorant] = [await embedded.open(), await embedded.open({ endpoint: proxy.endpoint })];
    for (const bytes of [Buffer.from('small'), BIG]) {
      for (const [place, code, said] of [
        [honest, 0, ''],
        [ignorant, 1, 'is stored without encryption'],
      ] as const) {
        await writeFile(join(place.dir, 'file'), bytes);
        const put = ['put', '--sse', 'AES256', '-s', '5MiB'];
        const file = await place.partwise([...put, 'file', place.location('key')]);
        expect([file.code, file.stderr]).toEqual([code, expect.stringContaining(said)]);
        const stream = await place.partwise([...put, '-', place.location('key')], { input: bytes });
        expect([stream.code, stream.stderr]).toEqual([code, expect.stringContaining(said)]);
      }
    }
  });

  it('with a key of the customer are never in the output', async () => {
    const place = await embedded.open();
    const key = Buffer.alloc(32, 7);
    await writeFile(join(place.dir, 'key'), key.toString('base64'));
    await writeFile(join(place.dir, 'file'), BIG);
    const flags = ['--sse-c-key', 'key', '-s', '5MiB', '--debug', '-v'];
    const requests = await place.requestsDuring(async () => {
      const { stdout, stderr } = await place.partwise(['put', ...flags, 'file', place.location('key')]);
      expect(stdout + stderr).not.toContain(key.toString('base64'));
    });
    // This server does not do it, and says so.
    const names = requests.flatMap(({ headerNames }) => headerNames);
    expect(names).toContain('x-amz-server-side-encryption-customer-key');
  });
});

describe('a condition', () => {
  it('--no-overwrite leaves an object as it is: 9, and skipped among several', async () => {
    const place = await embedded.open();
    await storeObject(place, 'p/a', 'old');
    await writeTree(place.dir, { 'd/a': 'new', 'd/b': 'new' });
    const one = await place.partwise(['put', '--no-overwrite', 'd/a', place.location('p/a')]);
    expect(one).toMatchObject({ code: 9, stderr: expect.stringContaining('exists') });
    const all = await place.partwise(['put', '-r', '--no-overwrite', 'd', place.location('p/')]);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringMatching(/p\/a {2}skipped/) });
    expect((await readObject(place, 'p/a')).toString()).toBe('old');
    expect((await readObject(place, 'p/b')).toString()).toBe('new');
  });

  it('holds at the server too: an object that appears on the way is not overwritten, and nothing is left', async () => {
    for (const bytes of [Buffer.from('small'), BIG]) {
      const proxy = await startProxy({
        target: embedded.server.endpoint,
        // The look before the transfer sees nothing.
        rules: [{ match: { operation: 'HeadObject', nth: 1 }, do: { action: 'answer', status: 404 } }],
      });
      onTestFinished(() => proxy.close());
      const place = await embedded.open({ endpoint: proxy.endpoint });
      await storeObject(place, 'key', 'theirs');
      await writeFile(join(place.dir, 'file'), bytes);
      const put = await place.partwise([
        'put',
        '--no-overwrite',
        '-s',
        '5MiB',
        'file',
        place.location('key'),
      ]);
      expect([put.code, put.stderr]).toEqual([9, expect.stringContaining('partwise: ')]);
      expect((await readObject(place, 'key')).toString()).toBe('theirs');
      expect(await listUploads(place)).toEqual([]);
    }
  });

  it('that fails because of an own attempt whose answer was lost is no failure', async () => {
    for (const [bytes, operation] of [
      [Buffer.from('small'), 'PutObject'],
      [BIG, 'CompleteMultipartUpload'],
    ] as const) {
      const proxy = await startProxy({
        target: embedded.server.endpoint,
        rules: [{ match: { operation, nth: 1 }, do: { action: 'lose-reply', how: 'reset' } }],
      });
      onTestFinished(() => proxy.close());
      const place = await embedded.open({ endpoint: proxy.endpoint });
      await writeFile(join(place.dir, 'file'), bytes);
      const put = await place.partwise([
        'put',
        '--no-overwrite',
        '-s',
        '5MiB',
        'file',
        place.location('key'),
      ]);
      expect([put.code, put.stderr]).toEqual([0, expect.any(String)]);
      expect(bytes.equals(await readObject(place, 'key'))).toBe(true);
    }
  });

  it('--if-match replaces just the object with that ETag', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'old');
    await writeFile(join(place.dir, 'file'), 'new');
    const { ETag = '' } = await headObject(place, 'key');
    const put = async (etag: string): Promise<number | null> =>
      (await place.partwise(['put', '--if-match', etag, 'file', place.location('key')])).code;
    expect(await put('another')).toBe(9);
    expect(await put(ETag)).toBe(0);
    expect(await put(ETag)).toBe(9);
    expect((await readObject(place, 'key')).toString()).toBe('new');
  });
});
