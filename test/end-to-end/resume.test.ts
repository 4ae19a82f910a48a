import { readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { type Forwarder, startForwarder } from '../support/processes/forwarder.ts';
import { withoutShell } from '../support/processes/place.ts';
import type { Ended } from '../support/processes/program.ts';
import { listUploads, readObject } from '../support/processes/remote.ts';

const MiB = 1024 * 1024;
const BYTES = makeBytes(21 * MiB);
const MINUTES = 60_000;
const embedded = startEmbedded();
const PUT = ['put', '-c', '1', '-s', '5MiB', 'file'] as const;

type Interrupted = {
  readonly place: EmbeddedPlace;
  readonly slow: Forwarder;
  readonly ended: Ended;
  readonly uploadId: string;
};

/** A put of five parts that was ended by a signal when the first had arrived. */
async function interrupt(signal: NodeJS.Signals, args: readonly string[] = PUT): Promise<Interrupted> {
  const slow = await startForwarder(embedded.server.endpoint, { up: 6 * MiB });
  const place = await embedded.open({ endpoint: slow.endpoint });
  await writeFile(join(place.dir, 'file'), BYTES);
  const put = place.start([...args, place.location('key')]);
  await slow.stuck;
  put.signal(signal);
  const ended = await put.ended;
  slow.release();
  const [upload = ''] = await listUploads(place);
  return { place, slow, ended, uploadId: upload.split(' ')[1] ?? '' };
}

/** How many parts and objects were sent while `work` ran. */
async function sentDuring(place: EmbeddedPlace, work: () => Promise<unknown>): Promise<number> {
  const requests = await place.requestsDuring(work);
  return requests.filter(({ method, query }) => method === 'PUT' && query.includes('partNumber=')).length;
}

/** Where the program remembers transfers when nothing else is said. */
function stateOf(place: EmbeddedPlace): string {
  return join(dirname(place.dir), '.local', 'state', 'partwise');
}

describe.skipIf(withoutShell)(`an interrupted put${withoutShell}`, () => {
  it('keeps its upload, and says how to resume and how to discard it', async () => {
    const { place, ended, uploadId } = await interrupt('SIGTERM');
    expect(ended.code).toBe(143);
    const location = place.location('key');
    expect(ended.stderr).toContain(`kept: ${location} upload ${uploadId}, 1 of 5 parts (5.0 MiB)\n`);
    expect(ended.stderr).toContain(
      `resume: partwise put -c 1 -s 5MiB ${join(place.dir, 'file')} ${location}\n`,
    );
    expect(ended.stderr).toContain(`discard: partwise abort ${location} --upload-id ${uploadId}\n`);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s is taken up by the same command, which sends only what is missing',
    async (signal) => {
      const { place } = await interrupt(signal);
      let again: Ended | undefined;
      const sent = await sentDuring(place, async () => {
        again = await place.partwise([...PUT, place.location('key'), '--json']);
      });
      expect(again?.code).toBe(0);
      expect(JSON.parse(again?.stdout.split('\n')[0] ?? '')).toMatchObject({
        status: 'done',
        parts: 5,
        resumedParts: 1,
        resumedBytes: 5 * MiB,
      });
      expect(sent).toBe(4);
      expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
      expect(await listUploads(place)).toEqual([]);
      expect(await readdir(join(stateOf(place), 'transfers'))).toEqual([]);
    },
  );

  it('is taken up on another machine, once nothing was added for a minute', async () => {
    const { place, uploadId } = await interrupt('SIGKILL');
    await rm(stateOf(place), { recursive: true });
    embedded.server.advance(2 * MINUTES);
    let again: Ended | undefined;
    const sent = await sentDuring(place, async () => {
      again = await place.partwise([...PUT, place.location('key')]);
    });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('(1 resumed)') });
    expect(sent).toBe(4);
    expect(uploadId).not.toBe('');
    expect(await listUploads(place)).toEqual([]);
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });

  it('is taken up at once on another machine', async () => {
    const { place, uploadId } = await interrupt('SIGKILL');
    await rm(stateOf(place), { recursive: true });
    const again = await place.partwise([...PUT, place.location('key')]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('(1 resumed)') });
    expect(uploadId).not.toBe('');
    expect(await listUploads(place)).toEqual([]);
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });

  it('is not taken up from another machine with --resume own', async () => {
    const { place, uploadId } = await interrupt('SIGKILL');
    await rm(stateOf(place), { recursive: true });
    embedded.server.advance(2 * MINUTES);
    const again = await place.partwise([...PUT, '--resume', 'own', place.location('key')]);
    expect(again.code).toBe(0);
    expect(await listUploads(place)).toEqual([`key ${uploadId}`]);
  });

  it('is taken up by its id', async () => {
    const { place, uploadId } = await interrupt('SIGKILL');
    await rm(stateOf(place), { recursive: true });
    const sent = await sentDuring(place, () =>
      place.partwise([...PUT, '--upload-id', uploadId, place.location('key')]),
    );
    expect(sent).toBe(4);
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });

  it('ends in the new bytes when the file was edited, whatever its size and time say', async () => {
    const { place } = await interrupt('SIGKILL');
    const edited = Buffer.from(BYTES);
    edited.write('edited', 100);
    await writeFile(join(place.dir, 'file'), edited);
    await utimes(join(place.dir, 'file'), 1, 1);
    const sent = await sentDuring(place, () => place.partwise([...PUT, place.location('key')]));
    expect(sent).toBe(5);
    expect(edited.equals(await readObject(place, 'key'))).toBe(true);
  });

  it('is begun afresh with another part size, and the old upload is named and left', async () => {
    const { place, uploadId } = await interrupt('SIGKILL');
    const again = await place.partwise(['put', '-s', '6MiB', 'file', place.location('key')]);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain(
      `begun afresh: its parts have 5 MiB, not 6 MiB; upload ${uploadId} is left alone`,
    );
    expect(await listUploads(place)).toEqual([`key ${uploadId}`]);
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });

  it.each([
    ['damaged', (path: string) => writeFile(path, '{"version":')],
    ['from another version', (path: string) => writeFile(path, '{"version":99}\n')],
    ['empty', (path: string) => writeFile(path, '')],
    ['a link', async (path: string) => rm(path).then(() => symlink('/dev/null', path))],
  ])('with a memory that is %s is still proven by the server', async (_, spoil) => {
    const { place } = await interrupt('SIGKILL');
    const uploads = join(stateOf(place), 'transfers');
    const page = (await readdir(uploads)).find((name) => name.endsWith('.jsonl')) ?? '';
    await spoil(join(uploads, page));
    const again = await place.partwise([...PUT, place.location('key')]);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('not believed') });
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });
});
