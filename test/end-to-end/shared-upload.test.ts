import { ListPartsCommand } from '@aws-sdk/client-s3';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { abortUploads, listKeys, listUploads, readObject, storeObject } from '../support/processes/remote.ts';
import type { Place } from '../support/processes/place.ts';

const embedded = startEmbedded();
const MIB = 1024 ** 2;
const PUT = ['put', '-s', '5MiB', '-c', '1', '--json'];

/** The arguments of a put on a machine of its own: one that shares no memory with the others. */
function putOn({ dir, location }: Place, machine: string, limit: string, file: string): string[] {
  const flags = ['--bwlimit', limit, '--state-dir', join(dir, '..', machine)];
  return [...PUT, ...flags, file, location('key')];
}

async function countParts({ client, bucket }: Pick<Place, 'client' | 'bucket'>): Promise<number> {
  const [upload = ''] = await listUploads({ client, bucket });
  const [Key, UploadId] = upload.split(' ');
  if (UploadId === undefined) return 0;
  const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }));
  return Parts.length;
}

describe('two puts of one key at a time, from two machines', () => {
  it.each(['wire', 'sdk'])('of the same bytes share an upload, and both end well (%s)', async (way) => {
    const place = await embedded.open();
    const bytes = makeBytes(32 * MIB);
    await writeFile(join(place.dir, 'file'), bytes);
    const env = { PARTWISE_STORE: way };
    const slow = place.start(putOn(place, 'one', '4MiB', 'file'), { env });
    while ((await countParts(place)) === 0);
    // The other has no memory of the upload, and is faster.
    const fast = await place.partwise(putOn(place, 'two', '200MiB', 'file'), { env });
    expect([fast.code, fast.stdout]).toEqual([0, expect.stringMatching(/"resumedParts":[1-9]/)]);
    const first = await slow.ended;
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('"status":"done"')]);
    expect(first.stdout).toMatch(/"verified":\{"by":"(?:checksum|etag)"/);
    expect(await listUploads(place)).toEqual([]);
    expect((await readObject(place, 'key')).equals(bytes)).toBe(true);
  });

  it.each(['wire', 'sdk'])('do not count an object of other bytes as stored (%s)', async (way) => {
    const place = await embedded.open();
    const bytes = makeBytes(32 * MIB);
    await writeFile(join(place.dir, 'file'), bytes);
    const put = place.start([...PUT, '--bwlimit', '4MiB', 'file', place.location('key')], {
      env: { PARTWISE_STORE: way },
    });
    while ((await countParts(place)) === 0);
    bytes.write('other');
    await storeObject(place, 'key', bytes);
    await abortUploads(place, 'key');
    const { code, stdout } = await put.ended;
    expect([code, stdout]).toEqual([4, expect.stringContaining('"code":"NoSuchUpload"')]);
    expect((await readObject(place, 'key')).equals(bytes)).toBe(true);
  });

  it('of other bytes each store a whole file, whichever comes last', async () => {
    const place = await embedded.open();
    const [one, two] = [makeBytes(17 * MIB), makeBytes(17 * MIB).toReversed()];
    await writeFile(join(place.dir, 'one'), one);
    await writeFile(join(place.dir, 'two'), two);
    const slow = place.start(putOn(place, 'one', '8MiB', 'one'));
    while ((await listUploads(place)).length === 0);
    const fast = await place.partwise(putOn(place, 'two', '200MiB', 'two'));
    expect([fast.code, fast.stdout]).toEqual([0, expect.stringContaining('"resumedParts":0')]);
    expect((await slow.ended).code).toBe(0);
    const stored = await readObject(place, 'key');
    expect([stored.equals(one), stored.equals(two)]).toContain(true);
    expect([await listKeys(place), await listUploads(place)]).toEqual([['key'], []]);
  });
});
