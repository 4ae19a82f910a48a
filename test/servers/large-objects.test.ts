import { open, statfs, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../support/processes/files.ts';
import { openPlace } from '../support/processes/place.ts';
import { headObject, listUploads } from '../support/processes/remote.ts';
import { startChosenServer } from './chosen-server.ts';

const GiB = 1024 ** 3;
const { access, name, title } = await startChosenServer();
const { bavail, bsize } = await statfs(tmpdir());
// The parts, the object made of them, and the file that comes back.
const lacksSpaceFor = (size: number): string => {
  if (name === 'radosgw' && size > GiB)
    return ' (skipped: radosgw is started with 4 GiB of memory as its disk)';
  return bavail * bsize > 4 * size ? '' : ` (skipped: needs ${(4 * size) / GiB} GiB in ${tmpdir()})`;
};

describe.skipIf(access === undefined)(`a large object through ${title}`, () => {
  for (const size of [1 * GiB, 5 * GiB]) {
    const without = lacksSpaceFor(size);
    it.skipIf(without)(`of ${size / GiB} GiB comes back unchanged${without}`, async () => {
      if (access === undefined) throw new Error('skipped');
      const place = await openPlace(access);
      const [there, back] = [join(place.dir, 'there.img'), join(place.dir, 'back.img')];
      await makeSparse(there, size);

      const put = await place.partwise(['put', '--json', there, place.location('large.img')]);
      expect(put).toMatchObject({ code: 0 });
      expect(JSON.parse(put.stdout.split('\n')[0] ?? '')).toMatchObject({
        bytes: size,
        parts: size / (8 * 1024 * 1024),
        // rclone keeps no checksums, and its ETag of a multipart object is not the usual one; radosgw keeps none either.
        ...(name !== 'rclone' && { verified: { by: name === 'radosgw' ? 'etag' : 'checksum' } }),
      });
      expect((await headObject(place, 'large.img')).ContentLength).toBe(size);
      expect(await listUploads(place)).toEqual([]);

      expect(await place.partwise(['get', place.location('large.img'), back])).toMatchObject({ code: 0 });
      expect((await stat(back)).size).toBe(size);
      expect(await firstDifference(there, back)).toBeUndefined();
    });
  }
});

/** A file with something to tell apart in every 64 MiB, and holes between. */
async function makeSparse(path: string, size: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(size);
  for (let offset = 0; offset < size; offset += 64 * 1024 * 1024)
    await file.write(`at ${offset}`, offset + (offset % 7));
}
