import { access, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';

const embedded = startEmbedded();
const DAY_MS = 86_400_000;
const PART = '.film.mkv.0a1b2c3d.part';

async function writeAged(path: string, text: string, days: number): Promise<void> {
  await writeFile(path, text);
  const time = new Date(Date.now() - days * DAY_MS);
  await utimes(path, time, time);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** A page of a get that was interrupted so many days ago, and the partial file it names. */
async function leave(
  place: EmbeddedPlace,
  name: string,
  days: number,
): Promise<{ page: string; partial: string }> {
  const pages = join(place.dir, 'state', 'transfers');
  await mkdir(pages, { recursive: true, mode: 0o700 });
  const page = join(pages, `${name}.jsonl`);
  const partial = join(place.dir, `.${name}.0a1b2c3d.part`);
  await writeAged(partial, 'bytes', days);
  const entry = { size: 9, partSize: 5, shape: '', begunAt: 1, reference: partial };
  const transfer = { direction: 'get', endpoint: 'e', object: 'o', local: 'l' };
  await writeAged(page, `${JSON.stringify({ version: 1, ...transfer, ...entry })}\n`, days);
  return { page, partial };
}

const cleanup = (place: EmbeddedPlace, ...args: string[]): ReturnType<EmbeddedPlace['partwise']> =>
  place.partwise(['cleanup', '--local', '--state-dir', join(place.dir, 'state'), ...args], {
    env: { ENDPOINT: undefined, ACCESS_KEY_ID: undefined, SECRET_KEY: undefined },
  });

describe('cleanup --local', () => {
  it('removes journals and partial files 30 days after they were last active, and asks no server', async () => {
    const place = await embedded.open();
    const old = await leave(place, 'old', 31);
    const young = await leave(place, 'young', 29);
    const dry = await cleanup(place, '-n');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/would remove: .*\.old\.0a1b2c3d\.part {2}partial /);
    expect(await isThere(old.page)).toBe(true);
    const requests = await place.requestsDuring(async () => {
      const real = await cleanup(place, '--json');
      expect(real.code).toBe(0);
      expect(JSON.parse(real.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ removed: 2, young: 2 });
    });
    expect(requests).toEqual([]);
    for (const path of [old.page, old.partial]) expect(await isThere(path)).toBe(false);
    for (const path of [young.page, young.partial]) expect(await isThere(path)).toBe(true);
  });

  it('keeps the page of a partial file that was active lately', async () => {
    const place = await embedded.open();
    const { page, partial } = await leave(place, 'busy', 31);
    await writeAged(partial, 'more bytes', 1);
    expect((await cleanup(place)).stdout).toMatch(/^seen 2 {2}young 2 /);
    expect(await isThere(page)).toBe(true);
  });

  it('never touches what a running process holds', async () => {
    const place = await embedded.open();
    const { page, partial } = await leave(place, 'held', 31);
    const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8').catch(() => '');
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    await writeFile(`${page}.lock`, JSON.stringify({ pid: process.pid, startedAt }));
    expect(await cleanup(place, place.dir)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^seen 0 /),
    });
    for (const path of [page, partial]) expect(await isThere(path)).toBe(true);
  });

  it('looks for partial files in the directories that are named, not below them', async () => {
    const place = await embedded.open();
    const films = join(place.dir, 'films');
    await mkdir(join(films, 'deep'), { recursive: true });
    for (const path of [PART, '.other.part', 'film.mkv.0a1b2c3d.part', join('deep', PART)])
      await writeAged(join(films, path), 'bytes', 31);
    await writeAged(join(films, '.new.0a1b2c3d.part'), 'bytes', 1);
    expect((await cleanup(place, films)).code).toBe(0);
    expect((await readdir(films)).toSorted()).toEqual([
      '.new.0a1b2c3d.part',
      '.other.part',
      'deep',
      'film.mkv.0a1b2c3d.part',
    ]);
    expect(await isThere(join(films, 'deep', PART))).toBe(true);
  });

  it('of a directory that is not there ends with 8', async () => {
    const place = await embedded.open();
    expect(await cleanup(place, join(place.dir, 'none'))).toMatchObject({ code: 8 });
  });
});
