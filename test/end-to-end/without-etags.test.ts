import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
const SIZE = 9 * 1024 ** 2;
const STORED = 'Sun, 29 Nov 2026 18:15:00 GMT';

it.each(['wire', 'sdk'])(
  'an object without an ETag is fetched, pinned by its time and size (%s)',
  async (way) => {
    const bytes = makeBytes(SIZE);
    let time = STORED;
    const server = await startScripted(({ method, headers }) => {
      const head = { 'Last-Modified': time, 'x-amz-request-id': '1' };
      if (method === 'HEAD') return { headers: { ...head, 'Content-Length': String(SIZE) } };
      if (headers['if-unmodified-since'] !== time) return { status: 412 };
      const [, start = '0', last = '0'] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
      const part = bytes.subarray(Number(start), Number(last) + 1);
      const range = {
        'Content-Range': `bytes ${start}-${last}/${SIZE}`,
        'Content-Length': String(part.byteLength),
      };
      return { status: 206, headers: { ...head, ...range }, body: part };
    });
    const place = await embedded.open({ endpoint: server.endpoint });
    const env = { PARTWISE_STORE: way };
    const { code, stdout } = await place.partwise(['get', '--json', place.location('k'), 'f'], { env });
    expect([code, stdout]).toEqual([0, expect.stringContaining('"verified":{"by":"size"')]);
    expect((await readFile(join(place.dir, 'f'))).equals(bytes)).toBe(true);
    expect(
      (await place.partwise(['get', '--require-checksum', place.location('k'), 'g'], { env })).code,
    ).toBe(7);

    // Replaced between the look and the fetch.
    const replaced = await startScripted(({ method }) => {
      const answer = { 'Last-Modified': time, 'x-amz-request-id': '1', 'Content-Length': String(SIZE) };
      time = 'Sun, 29 Nov 2026 18:20:00 GMT';
      return method === 'HEAD' ? { headers: answer } : { status: 412 };
    });
    const elsewhere = await embedded.open({ endpoint: replaced.endpoint });
    expect((await elsewhere.partwise(['get', elsewhere.location('k'), 'f'], { env })).code).toBe(7);
  },
);

it.each(['wire', 'sdk'])('what has neither ETag nor anything of S3 is no object (%s)', async (way) => {
  for (const headers of [
    { 'Last-Modified': STORED },
    { 'x-amz-request-id': '1' },
    { 'Content-Type': 'text/html', 'x-amz-request-id': '1', 'Last-Modified': STORED },
  ]) {
    const server = await startScripted(() => ({
      headers: { ...headers, 'Content-Length': '4' },
      body: 'text',
    }));
    const place = await embedded.open({ endpoint: server.endpoint });
    const { code } = await place.partwise(['get', place.location('k'), 'f'], {
      env: { PARTWISE_STORE: way },
    });
    expect(code).toBe(1);
  }
});
