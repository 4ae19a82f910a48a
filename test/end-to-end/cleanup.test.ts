import { describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { addPart, beginUpload, listUploads } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const DAY = 86_400;

/** Moves the server's clock to this many seconds from now. */
async function setServerClock(offset: number, place?: EmbeddedPlace): Promise<void> {
  // The SDK follows the server's clock, but not back.
  if (place) place.client.config.systemClockOffset = 0;
  const url = `${embedded.server.endpoint}/__embedded/clock?offset=${offset}`;
  expect((await fetch(url, { method: 'POST' })).status).toBe(200);
}

/** A bucket with uploads begun so many seconds ago, each at an instant of its own. */
async function openWith(
  ages: Readonly<Record<string, number>>,
): Promise<{ place: EmbeddedPlace; ids: string[] }> {
  const place = await embedded.open();
  onTestFinished(() => setServerClock(0));
  const ids: string[] = [];
  for (const [key, age] of Object.entries(ages)) {
    await setServerClock(-age - ids.length, place);
    ids.push(await beginUpload(place, key, 2));
  }
  await setServerClock(0, place);
  return { place, ids };
}

const keysOf = async (place: EmbeddedPlace): Promise<string[]> =>
  (await listUploads(place)).map((line) => line.split(' ')[0] ?? '');
const deletes = (requests: readonly { readonly method: string }[]): number =>
  requests.filter(({ method }) => method === 'DELETE').length;
const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The uploads a run printed, whatever it did with them. */
const uploadsIn = (text: string): unknown[] =>
  jsonLines(text)
    .filter(({ type }) => type === 'upload')
    .map((upload) => JSON.stringify(upload, (name, value: unknown) => (name === 'action' ? '' : value)));

describe('cleanup', () => {
  it('aborts what is older than asked, keeps the rest, and sums up', async () => {
    const { place } = await openWith({ old: 8 * DAY, older: 30 * DAY, young: 2 * DAY, new: 0 });
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '7d']);
    expect(cleanup.code).toBe(0);
    expect(await keysOf(place)).toEqual(['new', 'young']);
    const lines = cleanup.stdout.trim().split('\n');
    expect(lines.slice(0, -1).map((line) => line.slice(0, line.indexOf('  ')))).toEqual([
      `aborted: ${place.location('old')}`,
      `aborted: ${place.location('older')}`,
    ]);
    expect(lines.at(-1)).toBe(
      'seen 4  young 2  active 0  aborted 2  already gone 0  failed 0  freed 4 parts, 20 B',
    );
  });

  it('keeps an old upload to which a part was added lately', async () => {
    const { place, ids } = await openWith({ busy: 8 * DAY });
    await addPart(place, 'busy', ids[0] ?? '', 3);
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '7d', '--json']);
    expect(cleanup.code).toBe(0);
    expect(await keysOf(place)).toEqual(['busy']);
    const [upload, summary] = jsonLines(cleanup.stdout);
    expect(upload).toMatchObject({ type: 'upload', action: 'kept', key: 'busy', parts: 3, bytes: 15 });
    expect(summary).toMatchObject({ type: 'summary', exitCode: 0, seen: 1, active: 1, aborted: 0 });
  });

  it('--dry-run prints the list of the real run and deletes nothing', async () => {
    const { place } = await openWith({ a: 8 * DAY, b: 9 * DAY, young: 1 * DAY });
    const args = ['cleanup', place.location(), '--older-than', '7d', '--json'];
    let dry: unknown[] = [];
    const requests = await place.requestsDuring(async () => {
      const ended = await place.partwise([...args, '--dry-run']);
      expect(ended.code).toBe(0);
      expect(ended.stderr).toMatch(/dry run: nothing was changed\n$/);
      dry = uploadsIn(ended.stdout);
    });
    expect(deletes(requests)).toBe(0);
    expect(dry).toHaveLength(2);
    expect(await keysOf(place)).toEqual(['a', 'b', 'young']);
    expect(uploadsIn((await place.partwise(args)).stdout)).toEqual(dry);
    expect(await keysOf(place)).toEqual(['young']);
  });

  it('a second time has nothing to do', async () => {
    const { place } = await openWith({ old: 8 * DAY });
    const args = ['cleanup', place.location(), '--older-than', '7d'];
    expect((await place.partwise(args)).code).toBe(0);
    const requests = await place.requestsDuring(async () => {
      expect(await place.partwise(args)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^seen 0 /),
      });
    });
    expect(deletes(requests)).toBe(0);
  });

  it('of a prefix does not touch a neighbour with a longer name', async () => {
    const { place } = await openWith({
      logs: 8 * DAY,
      'logs/a': 8 * DAY,
      'logs-prod/x': 8 * DAY,
      other: 8 * DAY,
    });
    expect((await place.partwise(['cleanup', place.location('logs'), '--older-than', '7d'])).code).toBe(0);
    expect(await keysOf(place)).toEqual(['logs-prod/x', 'other']);
  });

  it('--check ends with 10 when something is stale and with 0 when nothing is, and aborts nothing', async () => {
    const { place } = await openWith({ old: 8 * DAY });
    const requests = await place.requestsDuring(async () => {
      const stale = await place.partwise(['cleanup', place.location(), '--older-than', '7d', '--check']);
      expect(stale.code).toBe(10);
      expect(stale.stdout).toMatch(/^would abort: .*\/old /);
      const fine = await place.partwise([
        'cleanup',
        place.location(),
        '--older-than',
        '9d',
        '--check',
        '--json',
      ]);
      expect(fine.code).toBe(0);
      expect(jsonLines(fine.stdout).at(-1)).toMatchObject({ exitCode: 0, seen: 1, young: 1 });
    });
    expect(deletes(requests)).toBe(0);
  });

  it.each(['30m', '59m', '0s'])('of ages like %s needs --force', async (age) => {
    const { place } = await openWith({ old: 2 * DAY });
    const careful = await place.partwise(['cleanup', place.location(), '--older-than', age]);
    expect(careful.code).toBe(2);
    expect(careful.stderr).toContain('--force');
    expect(await keysOf(place)).toEqual(['old']);
    expect((await place.partwise(['cleanup', place.location(), '--older-than', age, '--force'])).code).toBe(
      0,
    );
    expect(await keysOf(place)).toEqual([]);
  });

  it.each([
    ['ahead', 2 * DAY],
    ['behind', -2 * DAY],
  ])('aborts nothing when the server is two days %s', async (_, offset) => {
    const { place } = await openWith({ old: 30 * DAY });
    await setServerClock(offset, place);
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '7d']);
    expect(cleanup.code).toBe(1);
    expect(cleanup.stderr).toMatch(/48 hours apart; nothing was aborted/);
    await setServerClock(0, place);
    expect(await keysOf(place)).toEqual(['old']);
  });

  it('takes the clock that makes an upload younger', async () => {
    const { place } = await openWith({ old: 7 * DAY - 3600 });
    // By a server that is twelve hours ahead it would be old enough.
    await setServerClock(DAY / 2, place);
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '7d']);
    expect(cleanup.code).toBe(0);
    expect(cleanup.stderr).toMatch(/720 minutes apart/);
    await setServerClock(0, place);
    expect(await keysOf(place)).toEqual(['old']);
  });

  it('does not believe uploads that all began at the same instant long ago', async () => {
    const place = await embedded.open();
    onTestFinished(() => embedded.server.setClock(() => new Date()));
    const instant = new Date(Date.now() - 30 * DAY * 1000);
    embedded.server.setClock(() => instant);
    // Without parts there is nothing else to go by.
    for (const key of ['a', 'b']) await beginUpload(place, key, 0);
    embedded.server.setClock(() => new Date());
    place.client.config.systemClockOffset = 0;
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '7d']);
    expect(cleanup.code).not.toBe(0);
    expect(cleanup.stderr).toContain('activity unknown');
    expect(await keysOf(place)).toEqual(['a', 'b']);
  });
});
