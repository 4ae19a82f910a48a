import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { listUploads, readObject } from '../support/processes/remote.ts';
import { startProxy } from '../support/proxy/proxy.ts';

// Uploads that this machine does not remember: begun by another one, or by another tool.
const MiB = 1024 * 1024;
const BYTES = makeBytes(20 * MiB + 1);
const MINUTES = 60_000;
const embedded = startEmbedded();

async function open(): Promise<EmbeddedPlace> {
  const place = await embedded.open();
  await writeFile(join(place.dir, 'file'), BYTES);
  return place;
}

/** Begins an upload of `bytes` as another tool would, with parts of 6 MiB of which only some are there. */
async function begin(
  { client, bucket }: EmbeddedPlace,
  bytes: Buffer,
  parts: readonly number[],
): Promise<string> {
  const object = { Bucket: bucket, Key: 'key' };
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(object));
  for (const PartNumber of parts) {
    const Body = bytes.subarray((PartNumber - 1) * 6 * MiB, PartNumber * 6 * MiB);
    await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body }));
  }
  return UploadId;
}

/** Puts the file, and tells which parts went over the line. */
async function put(
  place: EmbeddedPlace,
  ...flags: string[]
): Promise<{ sent: readonly number[]; stderr: string }> {
  let stderr = '';
  const requests = await place.requestsDuring(async () => {
    const ended = await place.partwise(['put', '-s', 'auto', ...flags, 'file', place.location('key')]);
    expect([ended.code, ended.stderr]).toEqual([0, expect.anything()]);
    ({ stderr } = ended);
  });
  expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  const numbers = requests.map(({ query }) => Number(new URLSearchParams(query).get('partNumber') ?? 0));
  return { sent: numbers.filter((number) => number > 0).toSorted((a, b) => a - b), stderr };
}

it.each([
  ['gaps in the middle', [1, 3], [2, 4]],
  ['only the last part', [4], [1, 2, 3]],
  ['everything there but Complete', [1, 2, 3, 4], []],
])('an upload of another tool with %s is taken up, and only the rest is sent', async (_, there, missing) => {
  const place = await open();
  await begin(place, BYTES, there);
  embedded.server.advance(2 * MINUTES);
  expect((await put(place)).sent).toEqual(missing);
  expect(await listUploads(place)).toEqual([]);
});

it('of several uploads the newest whose bytes agree is taken up, and the others are left alone', async () => {
  const place = await open();
  const right = await begin(place, BYTES, [1, 2]);
  embedded.server.advance(MINUTES);
  const wrong = await begin(place, Buffer.from(BYTES.toReversed()), [1, 2]);
  embedded.server.advance(MINUTES);
  const empty = await begin(place, BYTES, []);
  embedded.server.advance(2 * MINUTES);
  expect((await put(place)).sent).toEqual([3, 4]);
  const left = await listUploads(place);
  expect(left.toSorted()).toEqual([`key ${wrong}`, `key ${empty}`].toSorted());
  expect(left).not.toContain(`key ${right}`);
});

it('an upload of which one part has other bytes is left alone, and that is said', async () => {
  const place = await open();
  const edited = Buffer.from(BYTES);
  edited[7 * MiB] = (edited[7 * MiB] ?? 0) ^ 1;
  const id = await begin(place, edited, [1, 2]);
  embedded.server.advance(2 * MINUTES);
  const { sent, stderr } = await put(place);
  expect(sent).toEqual([1, 2, 3]);
  expect(stderr).toContain(`upload ${id} is left alone: it holds other bytes`);
});

it('an upload that may be encrypted otherwise than was asked for is left alone, and that is said', async () => {
  const place = await open();
  const id = await begin(place, BYTES, [1, 2]);
  embedded.server.advance(2 * MINUTES);
  const { sent, stderr } = await put(place, '--sse', 'AES256');
  expect(sent).toEqual([1, 2, 3]);
  expect(stderr).toContain(`upload ${id} is left alone: its encryption`);
});

it.each(['ListMultipartUploads', 'ListParts'] as const)(
  'who may not do %s begins afresh',
  async (operation) => {
    const body = '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>';
    const proxy = await startProxy({
      target: embedded.server.endpoint,
      rules: [{ match: { operation }, do: { action: 'answer', status: 403, body } }],
    });
    onTestFinished(() => proxy.close());
    const place = await embedded.open({ endpoint: proxy.endpoint });
    await writeFile(join(place.dir, 'file'), BYTES);
    await begin(place, BYTES, [1, 2]);
    embedded.server.advance(2 * MINUTES);
    expect((await put(place)).sent).toEqual([1, 2, 3]);
  },
);
