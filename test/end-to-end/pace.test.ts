import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChosenServer } from '../servers/chosen-server.ts';
import { makeBytes, sha256 } from '../support/processes/files.ts';
import { openPlace, type Place } from '../support/processes/place.ts';

const MiB = 1024 * 1024;
const { access, title } = await startChosenServer();

async function open(size: number): Promise<Place & { readonly bytes: Buffer }> {
  if (access === undefined) throw new Error('skipped');
  const place = await openPlace(access);
  const bytes = makeBytes(size);
  await writeFile(join(place.dir, 'file'), bytes);
  return { ...place, bytes };
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work;
  return (performance.now() - from) / 1000;
}

describe.skipIf(access === undefined)(`the pace of the program with ${title}`, () => {
  it('is no faster than --bwlimit allows, either way, and silent about it', async () => {
    const place = await open(11 * MiB);
    const run = async (args: readonly string[]): Promise<void> => {
      const ended = await place.partwise([...args, '-s', '5MiB', '--bwlimit', '5MiB/s']);
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.stderr).not.toMatch(/warn|failed/i);
    };
    // Eleven at five a second are 2.2 s; a tenth of a second's worth may pass at once.
    expect(await secondsOf(run(['put', 'file', place.location('k')]))).toBeGreaterThan(2.05);
    expect(await secondsOf(run(['get', place.location('k'), 'back']))).toBeGreaterThan(2.05);
    expect(sha256(await readFile(join(place.dir, 'back')))).toBe(sha256(place.bytes));
  });

  it('is limited by a variable too, for stdin and for small files', async () => {
    const place = await open(3 * MiB);
    const env = { PARTWISE_BWLIMIT: '2MiB' };
    expect(await secondsOf(place.partwise(['put', 'file', place.location('k')], { env }))).toBeGreaterThan(
      1.35,
    );
    const stdin = { env, input: place.bytes };
    expect(await secondsOf(place.partwise(['put', '-', place.location('s')], stdin))).toBeGreaterThan(1.35);
  });

  it('is told by -v', async () => {
    const place = await open(3 * MiB);
    const { stderr } = await place.partwise(['put', '-v', 'file', place.location('k')]);
    expect(stderr).toMatch(/^pace: \d+ parts at a time by the end$/m);
    const fixed = await place.partwise(['put', '-v', '-c', '4', 'file', place.location('k')]);
    expect(fixed.stderr).not.toMatch(/^pace:/m);
  });

  it('cannot be nothing', async () => {
    const place = await open(1);
    expect(await place.partwise(['put', '--bwlimit', '0', 'file', place.location('k')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--bwlimit: "0" moves nothing'),
    });
  });
});
