import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { beginUpload, listUploads } from '../support/processes/remote.ts';

const embedded = startEmbedded();

describe('abort', () => {
  it('of a key with one upload aborts that upload and no other', async () => {
    const place = await embedded.open();
    const id = await beginUpload(place, 'key', 2);
    const other = await beginUpload(place, 'key2');
    const abort = await place.partwise(['abort', place.location('key')]);
    expect(abort.code).toBe(0);
    expect(abort.stdout).toMatch(
      new RegExp(`^aborted: s3://${place.bucket}/key {2}upload ${id} .*2 parts, 10 B`),
    );
    expect(await listUploads(place)).toEqual([`key2 ${other}`]);
  });

  it('by id aborts exactly this upload', async () => {
    const place = await embedded.open();
    const [first, second] = [await beginUpload(place, 'key'), await beginUpload(place, 'key')];
    expect((await place.partwise(['abort', place.location('key'), '--upload-id', second])).code).toBe(0);
    expect(await listUploads(place)).toEqual([`key ${first}`]);
  });

  it('of a key with two uploads lists both and aborts none', async () => {
    const place = await embedded.open();
    const ids = [await beginUpload(place, 'key'), await beginUpload(place, 'key')];
    const abort = await place.partwise(['abort', place.location('key')]);
    expect(abort.code).toBe(2);
    for (const id of ids) expect(abort.stdout).toContain(id);
    expect(abort.stderr).toMatch(/2 unfinished uploads.*--upload-id.*--all/);
    expect(await listUploads(place)).toHaveLength(2);
  });

  it('--all of uploads that were active lately needs --force', async () => {
    const place = await embedded.open();
    await beginUpload(place, 'key');
    await beginUpload(place, 'key');
    const careful = await place.partwise(['abort', '--all', place.location('key')]);
    expect(careful.code).toBe(2);
    expect(careful.stderr).toMatch(/last hour.*--force/);
    expect(await listUploads(place)).toHaveLength(2);
    expect((await place.partwise(['abort', '--all', '--force', place.location('key')])).code).toBe(0);
    expect(await listUploads(place)).toEqual([]);
  });

  it('-r --all aborts what lies under the prefix, and nothing beside it', async () => {
    const place = await embedded.open();
    for (const key of ['logs', 'logs/a', 'logs/b/c', 'logs-prod/x']) await beginUpload(place, key);
    const abort = await place.partwise(['abort', '-r', '--all', '--force', place.location('logs')]);
    expect(abort.code).toBe(0);
    expect(await listUploads(place)).toEqual([expect.stringMatching(/^logs-prod\/x /)]);
  });

  it('of a whole bucket shows the count first, and needs --force', async () => {
    const place = await embedded.open();
    for (const key of ['a', 'b/c']) await beginUpload(place, key, 2);
    const careful = await place.partwise(['abort', '-r', '--all', place.location()]);
    expect(careful).toMatchObject({ code: 2, stdout: '' });
    expect(careful.stderr).toMatch(
      /2 unfinished uploads, 20 B\n.*every unfinished upload of the bucket.*--force/s,
    );
    expect(await listUploads(place)).toHaveLength(2);
    expect((await place.partwise(['abort', '-r', '--all', '--force', place.location()])).code).toBe(0);
    expect(await listUploads(place)).toEqual([]);
  });

  it('-n shows what it would do and changes nothing', async () => {
    const place = await embedded.open();
    const id = await beginUpload(place, 'key');
    const requests = await place.requestsDuring(async () => {
      const abort = await place.partwise(['abort', '-n', '-r', '--all', place.location()]);
      expect(abort.code).toBe(0);
      expect(abort.stdout).toMatch(new RegExp(`^would abort: .*${id}`));
      expect(abort.stderr).toMatch(/dry run: nothing was changed\n$/);
    });
    expect(requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect(await listUploads(place)).toEqual([`key ${id}`]);
  });

  it('of an id that is not known counts as gone', async () => {
    const place = await embedded.open();
    const id = await beginUpload(place, 'key');
    const args = ['abort', '--json', place.location('key'), '--upload-id', id];
    for (const action of ['aborted', 'gone']) {
      const abort = await place.partwise(args);
      expect(abort.code).toBe(0);
      expect(JSON.parse(abort.stdout.split('\n')[0] ?? '')).toMatchObject({
        action,
        key: 'key',
        uploadId: id,
      });
    }
  });

  it('of a key without uploads ends with 0 and says so', async () => {
    const place = await embedded.open();
    const abort = await place.partwise(['abort', place.location('key')]);
    expect(abort).toMatchObject({ code: 0, stdout: '' });
    expect(abort.stderr).toMatch(/no unfinished uploads/);
  });

  it('asks the server until the upload is gone', async () => {
    const place = await embedded.open();
    await beginUpload(place, 'key');
    const requests = await place.requestsDuring(() => place.partwise(['abort', place.location('key')]));
    const methods = requests.map(({ method, status }) => `${method} ${status}`);
    expect(methods.slice(methods.indexOf('DELETE 204'))).toEqual(['DELETE 204', 'GET 404']);
  });
});
