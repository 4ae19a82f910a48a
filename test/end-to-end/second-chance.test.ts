import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import type { Place } from '../support/processes/place.ts';
import { readObject } from '../support/processes/remote.ts';
import { type Proxy, startProxy } from '../support/proxy/proxy.ts';

const embedded = startEmbedded();
const BYTES = makeBytes(11 * 1024 * 1024);
const refusal = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;

/** A place behind a proxy that refuses the second and third part as if the session had expired. */
async function openExpiring(): Promise<Place & { proxy: Proxy }> {
  const body = refusal('ExpiredToken');
  const proxy = await startProxy({
    target: embedded.server.endpoint,
    rules: [
      {
        match: { operation: 'UploadPart', nth: [2, 3] },
        do: { action: 'answer', status: 400, body, drain: true },
      },
    ],
  });
  onTestFinished(() => proxy.close());
  const place = await embedded.open({ endpoint: proxy.endpoint });
  await writeFile(join(place.dir, 'file'), BYTES);
  return { ...place, proxy };
}

it('keys from a profile are asked for again, once, when the session has expired', async () => {
  const place = await openExpiring();
  const { accessKeyId, secretAccessKey } = embedded.server;
  const credentials = join(place.dir, 'credentials');
  await writeFile(
    credentials,
    `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const env = {
    ACCESS_KEY_ID: undefined,
    SECRET_KEY: undefined,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_ENDPOINT_URL: place.proxy.endpoint,
  };
  const args = ['put', '-s', '5MiB', '--profile', 'work', 'file', place.location('key')];
  const put = await place.partwise(args, { env });
  expect(put).toMatchObject({ code: 0 });
  expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
});

it('keys from the environment cannot be renewed: exit 5, and what is stored is kept', async () => {
  const place = await openExpiring();
  const put = await place.partwise(['put', '-c', '1', '-s', '5MiB', 'file', place.location('key')]);
  expect(put).toMatchObject({ code: 5, stderr: expect.stringContaining('kept: ') });
});
