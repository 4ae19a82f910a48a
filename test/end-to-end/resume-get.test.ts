import { open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { startForwarder } from '../support/processes/forwarder.ts';
import { withoutShell } from '../support/processes/place.ts';
import type { Ended } from '../support/processes/program.ts';
import { storeObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const BYTES = makeBytes(21 * MiB);
const embedded = startEmbedded();
const GET = ['get', '-c', '1', '-s', '5MiB'] as const;

type Interrupted = {
  readonly place: EmbeddedPlace;
  readonly ended: Ended;
  readonly partial: string;
  get(...more: string[]): Promise<Ended>;
};

/** A get of five parts that was ended by a signal when the first had arrived; an old file is in place. */
async function interrupt(signal: NodeJS.Signals): Promise<Interrupted> {
  const slow = await startForwarder(embedded.server.endpoint, { down: 6 * MiB });
  const place = await embedded.open({ endpoint: slow.endpoint });
  await storeObject(place, 'key', BYTES);
  await writeFile(join(place.dir, 'file'), 'old');
  const get = place.start([...GET, place.location('key'), 'file']);
  await slow.stuck;
  get.signal(signal);
  const ended = await get.ended;
  slow.release();
  const partial = (await readdir(place.dir)).find((name) => name.endsWith('.part')) ?? '';
  return {
    place,
    ended,
    partial,
    get: (...more) => place.partwise([...GET, ...more, place.location('key'), 'file']),
  };
}

/** How many ranges were fetched while `work` ran. */
async function fetchedDuring(place: EmbeddedPlace, work: () => Promise<unknown>): Promise<number> {
  const requests = await place.requestsDuring(work);
  return requests.filter(({ method }) => method === 'GET').length;
}

async function expectWhole(place: EmbeddedPlace, bytes = BYTES): Promise<void> {
  expect(bytes.equals(await readFile(join(place.dir, 'file')))).toBe(true);
  expect(await readdir(place.dir)).toEqual(['file']);
  expect(await readdir(join(dirname(place.dir), '.local', 'state', 'partwise', 'transfers'))).toEqual([]);
}

describe.skipIf(withoutShell)(`an interrupted get${withoutShell}`, () => {
  it('keeps what has arrived beside the old file, and says how to resume and how to discard it', async () => {
    const { place, ended, partial } = await interrupt('SIGTERM');
    expect(ended.code).toBe(143);
    const path = join(place.dir, partial);
    expect(ended.stderr).toContain(`kept: ${path}, 1 of 5 parts (5.0 MiB)\n`);
    expect(ended.stderr).toContain(
      `resume: partwise get -c 1 -s 5MiB ${place.location('key')} ${join(place.dir, 'file')}\n`,
    );
    expect(ended.stderr).toContain(`discard: rm ${path}\n`);
    expect(await readFile(join(place.dir, 'file'), 'utf8')).toBe('old');
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s is taken up by the same command, which fetches only what is missing',
    async (signal) => {
      const { place, get } = await interrupt(signal);
      const fetched = await fetchedDuring(place, async () => {
        expect(await get()).toMatchObject({ code: 0, stdout: expect.stringContaining('(1 resumed)') });
      });
      expect(fetched).toBe(4);
      await expectWhole(place);
    },
  );

  it('fetches a part again that was changed meanwhile', async () => {
    const { place, partial, get } = await interrupt('SIGKILL');
    const file = await open(join(place.dir, partial), 'r+');
    await file.write('changed', 1000);
    await file.close();
    const fetched = await fetchedDuring(place, get);
    expect(fetched).toBe(5);
    await expectWhole(place);
  });

  it.each([
    ['was cut', (path: string) => truncate(path, 1000)],
    ['is longer than the object', (path: string) => truncate(path, 30 * MiB)],
    ['is gone', (path: string) => rm(path)],
  ])('begins again with what is right when what was kept %s', async (_, spoil) => {
    const { place, partial, get } = await interrupt('SIGKILL');
    await spoil(join(place.dir, partial));
    expect((await get()).code).toBe(0);
    await expectWhole(place);
  });

  it('throws away what was kept of an object that is another one now', async () => {
    const { place, get } = await interrupt('SIGKILL');
    const other = makeBytes(21 * MiB - 7);
    await storeObject(place, 'key', other);
    expect(await get()).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('the object is another one now'),
    });
    await expectWhole(place, other);
  });

  it('is not taken up with --no-resume', async () => {
    const { place, get } = await interrupt('SIGKILL');
    const fetched = await fetchedDuring(place, () => get('--no-resume'));
    expect(fetched).toBe(5);
    expect(BYTES.equals(await readFile(join(place.dir, 'file')))).toBe(true);
  });
});
