import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { addPart, beginUpload, listUploads } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const DAY_MS = 86_400_000;

/** A bucket with uploads begun so many days ago, each at an instant of its own. */
async function openWith(
  days: Readonly<Record<string, number>>,
): Promise<{ place: EmbeddedPlace; ids: string[] }> {
  const place = await embedded.open();
  onTestFinished(() => embedded.server.setClock(() => new Date()));
  const ids: string[] = [];
  for (const [key, age] of Object.entries(days)) {
    const back = age * DAY_MS + ids.length * 1000;
    embedded.server.setClock(() => new Date(Date.now() - back));
    // The SDK follows the server's clock, but not back.
    place.client.config.systemClockOffset = 0;
    ids.push(await beginUpload(place, key, 2));
  }
  embedded.server.setClock(() => new Date());
  place.client.config.systemClockOffset = 0;
  return { place, ids };
}

const keysOf = async (place: Pick<EmbeddedPlace, 'client' | 'bucket'>): Promise<string[]> =>
  (await listUploads(place)).map((line) => line.split(' ')[0] ?? '');
const summaryOf = (stdout: string): unknown => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');

describe('cleanup', () => {
  it.each([
    [[], /needs a location/],
    [['s3://b'], /--older-than is required/],
    [['s3://b', '--all-buckets', '--older-than', '7d'], /contradict/],
    [['s3://b', 's3://c', '--older-than', '7d'], /one location/],
    [['s3://b', '--older-than', '7d', '--days', '3'], /--days belongs/],
    [['--local', '--older-than', '7d'], /contradict/],
    [['--local', 's3://b'], /this machine/],
    [['s3://b', '--install-rule', '--check-rule'], /contradict/],
    [['s3://b', '--install-rule', '--older-than', '7d'], /contradict/],
    [['s3://b', '--check-rule', '--days', '3'], /contradict/],
    [['s3://b', '--install-rule', '--metrics-file', 'x'], /contradict/],
    [['--install-rule'], /one location/],
  ])('refuses %j', async (args, words) => {
    const place = await embedded.open();
    const ended = await place.partwise(['cleanup', ...args]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
  });

  it('--by-start does not look at when parts came', async () => {
    const { place, ids } = await openWith({ busy: 8, young: 1 });
    await addPart(place, 'busy', ids[0] ?? '', 3);
    const cleanup = await place.partwise(['cleanup', place.location(), '--older-than', '7d', '--by-start']);
    expect(cleanup.code).toBe(0);
    expect(cleanup.stdout).toMatch(/freed 3 parts, 15 B\n$/);
    expect(await keysOf(place)).toEqual(['young']);
  });
});

describe('cleanup --all-buckets', () => {
  it('goes through every bucket, with one summary', async () => {
    const { place } = await openWith({ old: 8 });
    const other = `${place.bucket}-other`;
    await place.client.send(new CreateBucketCommand({ Bucket: other }));
    const args = ['cleanup', '--all-buckets', '--older-than', '7d'];
    const dry = await place.partwise([...args, '-n']);
    expect(dry.stdout).toContain(`would abort: ${place.location('old')}`);
    const { code, stdout } = await place.partwise([...args, '--json']);
    expect(code).toBe(0);
    expect(summaryOf(stdout)).toMatchObject({ type: 'summary', aborted: 1, warning: null });
    expect(await keysOf(place)).toEqual([]);
  });
});

describe('cleanup --metrics-file', () => {
  const valueOf = (text: string, name: string): number =>
    Number(new RegExp(`^partwise_cleanup_${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN);

  it('writes what was done, whole, and beside nothing else', async () => {
    const { place } = await openWith({ old: 8, young: 1 });
    const path = join(place.dir, 'partwise.prom');
    const args = ['cleanup', place.location(), '--older-than', '7d', '--metrics-file', path];
    expect((await place.partwise([...args, '-n'])).code).toBe(0);
    const dry = await readFile(path, 'utf8');
    expect(valueOf(dry, 'uploads\\{state="would_abort"\\}')).toBe(1);
    expect(valueOf(dry, 'last_success_timestamp_seconds')).toBe(0);
    expect((await place.partwise(args)).code).toBe(0);
    const text = await readFile(path, 'utf8');
    expect(valueOf(text, 'uploads\\{state="aborted"\\}')).toBe(1);
    expect(valueOf(text, 'uploads\\{state="young"\\}')).toBe(1);
    expect(valueOf(text, 'freed_bytes')).toBe(10);
    expect(valueOf(text, 'last_success_timestamp_seconds')).toBeGreaterThan(1.6e9);
    expect(text).toMatch(/^# TYPE partwise_cleanup_uploads gauge$/m);
    expect((await readdir(place.dir)).filter((name) => name.startsWith('partwise.prom'))).toEqual([
      'partwise.prom',
    ]);
  });

  it('keeps the time of the last success when a run fails', async () => {
    const place = await embedded.open();
    const path = join(place.dir, 'partwise.prom');
    await writeFile(path, 'partwise_cleanup_last_success_timestamp_seconds 1700000000\n');
    const args = ['cleanup', 's3://no-such-bucket', '--older-than', '7d', '--metrics-file', path];
    const failed = await place.partwise([...args, '--json']);
    expect(failed.code).toBe(4);
    expect(summaryOf(failed.stdout)).toMatchObject({ warning: expect.stringContaining('no-such-bucket') });
    expect(valueOf(await readFile(path, 'utf8'), 'last_success_timestamp_seconds')).toBe(1_700_000_000);
    const denied = await place.partwise(args, { env: { SECRET_KEY: undefined } });
    expect(denied.code).toBe(5);
    expect(valueOf(await readFile(path, 'utf8'), 'last_success_timestamp_seconds')).toBe(1_700_000_000);
  });

  it('that cannot be written is a failure of this machine', async () => {
    const place = await embedded.open();
    const path = join(place.dir, 'none', 'partwise.prom');
    const ended = await place.partwise([
      'cleanup',
      place.location(),
      '--older-than',
      '7d',
      '--metrics-file',
      path,
    ]);
    expect(ended).toMatchObject({ code: 8, stderr: expect.stringContaining(path) });
  });
});
