import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { startForwarder } from '../support/processes/forwarder.ts';
import { withoutShell } from '../support/processes/place.ts';
import { listUploads, readObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const BYTES = makeBytes(21 * MiB);
const embedded = startEmbedded();
const PUT = ['put', '-c', '1', '-s', '5MiB', 'file'] as const;

describe.skipIf(withoutShell)(`a put that is running${withoutShell}`, () => {
  it('is not joined by another one, and cleanup leaves its upload alone', async () => {
    const slow = await startForwarder(embedded.server.endpoint, { up: 6 * MiB });
    const place = await embedded.open({ endpoint: slow.endpoint });
    await writeFile(join(place.dir, 'file'), BYTES);
    const put = place.start([...PUT, place.location('key')]);
    await slow.stuck;
    slow.release();
    const second = await place.partwise([...PUT, place.location('key')]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('already running') });
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '1h']);
    expect(cleanup).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a put is running on this machine'),
    });
    expect(await listUploads(place)).toHaveLength(1);
    put.signal('SIGKILL');
    await put.ended;
    const after = await place.partwise(['cleanup', place.location(), '--older-than', '1h']);
    expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('seen 1  young 1  active 0') });
  });

  it('goes on without a memory where nobody can write it, and says so once', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), BYTES);
    const put = await place.partwise([
      ...PUT,
      '--state-dir',
      join(place.dir, 'file', 'state'),
      place.location('key'),
    ]);
    expect(put.code).toBe(0);
    expect(put.stderr.match(/nothing is remembered/g)).toHaveLength(1);
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });
});
