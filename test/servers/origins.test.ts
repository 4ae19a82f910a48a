import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBytes, sha256 } from '../support/processes/files.ts';
import { openPlace, type Place, type ServerAccess } from '../support/processes/place.ts';
import { headObject } from '../support/processes/remote.ts';
import { startChosenServer } from './chosen-server.ts';
import { CLIENT_NAMES, type ClientName, openClient, type OtherClient } from './clients.ts';

const MiB = 1024 * 1024;
const SIZE = 20 * MiB + 1;
const { access, name: server, title } = await startChosenServer();

type Origin = {
  readonly client: ClientName;
  readonly how: string;
  readonly partSize: number | 'whole';
  readonly parts: number;
};

const ORIGINS: readonly Origin[] = [
  { client: 'aws-cli', how: 'in its parts of 8 MiB', partSize: 8 * MiB, parts: 3 },
  { client: 'aws-cli', how: 'in parts of 7 MiB', partSize: 7 * MiB, parts: 3 },
  { client: 'aws-cli', how: 'whole', partSize: 'whole', parts: 1 },
  { client: 'boto3', how: 'in parts of 6 MiB', partSize: 6 * MiB, parts: 4 },
  { client: 'boto3', how: 'in parts of no whole MiB', partSize: 5 * MiB + 12_345, parts: 4 },
  { client: 'boto3', how: 'whole', partSize: 'whole', parts: 1 },
  { client: 'boto3 without checksums', how: 'in parts of 8 MiB', partSize: 8 * MiB, parts: 3 },
  {
    client: 'boto3 without checksums',
    how: 'in parts of no whole MiB',
    partSize: 5 * MiB + 12_345,
    parts: 4,
  },
  { client: 'boto3 without checksums', how: 'whole', partSize: 'whole', parts: 1 },
  { client: 'rclone', how: 'in parts of 5 MiB', partSize: 5 * MiB, parts: 5 },
  { client: 'rclone', how: 'whole', partSize: 'whole', parts: 1 },
  { client: 'the AWS SDK', how: 'in parts of 5 MiB', partSize: 5 * MiB, parts: 5 },
  { client: 'the AWS SDK', how: 'whole', partSize: 'whole', parts: 1 },
];

for (const name of CLIENT_NAMES) {
  const client = await find(name, access);
  const why = 'skipped' in client ? ` (skipped: ${client.skipped})` : '';
  const open = async (): Promise<{
    readonly place: Place;
    readonly other: OtherClient;
    readonly bytes: Buffer;
  }> => {
    if (access === undefined || 'skipped' in client) throw new Error('skipped');
    const place = await openPlace(access);
    const bytes = makeBytes(SIZE);
    await writeFile(join(place.dir, 'there'), bytes);
    return { place, other: client, bytes };
  };

  describe.skipIf(why)(`with ${name}, through ${title}${why}`, () => {
    const origins = ORIGINS.filter((origin) => origin.client === name);
    it.each(origins.map((origin) => [origin.how, origin] as const))(
      'an object put %s is fetched and verified',
      async (_, { partSize, parts }) => {
        const { place, other, bytes } = await open();
        await other.upload(place, 'there', 'key', partSize);
        // It was stored as it is called here; rclone's server gives all objects the ETag of one part.
        const { ETag = '' } = await headObject(place, 'key');
        if (server !== 'rclone') expect(/-(\d+)"$/.exec(ETag)?.[1] ?? '1').toBe(String(parts));

        const get = await place.partwise(['get', '--json', place.location('key'), 'back']);
        expect(get).toMatchObject({ code: 0 });
        expect(sha256(await readFile(join(place.dir, 'back')))).toBe(sha256(bytes));
        const { verified } = JSON.parse(get.stdout.split('\n')[0] ?? '');
        // radosgw keeps no checksums and tells no sizes of parts: what its ETag was made of must be guessed.
        const isGuess = server === 'radosgw' && partSize !== 'whole' && partSize % MiB !== 0;
        expect({ by: verified.by, ETag }).toMatchObject({
          by: isGuess ? 'size' : expect.stringMatching(/^(?:checksum|etag)$/),
        });
      },
    );

    it.each([
      ['of several parts', SIZE],
      ['of one part', MiB],
      ['of nothing', 0],
    ])('an object %s put by partwise is read', async (_, size) => {
      const { place, other, bytes } = await open();
      await writeFile(join(place.dir, 'there'), bytes.subarray(0, size));
      const put = await place.partwise(['put', '-s', '5MiB', 'there', place.location('key')]);
      expect(put).toMatchObject({ code: 0 });
      await other.download(place, 'key', 'back');
      expect(sha256(await readFile(join(place.dir, 'back')))).toBe(sha256(bytes.subarray(0, size)));
    });
  });
}

async function find(name: ClientName, server: ServerAccess | undefined): ReturnType<typeof openClient> {
  return server === undefined ? { skipped: 'there is no server' } : await openClient(name, server);
}
