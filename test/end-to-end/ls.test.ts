import { describe, expect, it } from 'vitest';
import { startEmbedded, type EmbeddedPlace } from '../support/processes/embedded.ts';
import { withoutShell } from '../support/processes/place.ts';
import { beginUpload, storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

async function openWith(...keys: readonly string[]): Promise<EmbeddedPlace> {
  const place = await embedded.open();
  for (const key of keys) await storeObject(place, key, key);
  return place;
}

/** The keys a listing shows: `-0` prints them as they are. */
async function keysOf(place: EmbeddedPlace, ...args: readonly string[]): Promise<string[]> {
  const ended = await place.partwise(['ls', '-0', ...args]);
  expect(ended.code).toBe(0);
  return ended.stdout.split('\0').slice(0, -1);
}

describe('ls', () => {
  it('without a location shows the buckets', async () => {
    const place = await embedded.open();
    const ls = await place.partwise(['ls']);
    expect(ls.code).toBe(0);
    expect(ls.stdout).toMatch(new RegExp(`^${TIME}  ${place.bucket}$`, 'm'));
  });

  it('shows time, size and the whole key, and prefixes as PRE', async () => {
    const place = await openWith('dir/a', 'dir/sub/b', 'dir/z', 'other');
    const ls = await place.partwise(['ls', place.location('dir/')]);
    expect(ls.stdout).toMatch(
      new RegExp(`^${TIME} {12}5  dir/a\n {30}PRE  dir/sub/\n${TIME} {12}5  dir/z\n$`),
    );
  });

  it('matches a raw prefix, and -r goes all the way down', async () => {
    const place = await openWith('logs/a', 'logs/b/c', 'logs-prod/x', 'other');
    expect(await keysOf(place, place.location('logs'))).toEqual(['logs-prod/', 'logs/']);
    expect(await keysOf(place, '-r', place.location('logs'))).toEqual(['logs-prod/x', 'logs/a', 'logs/b/c']);
    expect(await keysOf(place, '--delimiter', 'b', place.location('logs/'))).toEqual(['logs/a', 'logs/b']);
  });

  it('begins and ends where it is told', async () => {
    const place = await openWith('a', 'b', 'c', 'd');
    expect(await keysOf(place, '--start-after', 'a', '--max-keys', '2', place.location())).toEqual([
      'b',
      'c',
    ]);
  });

  it('of nothing ends with 0, of an exact key that is not there with 4', async () => {
    const place = await openWith('key', 'key2', 'dir/a');
    expect(await place.partwise(['ls', place.location('none')])).toMatchObject({ code: 0, stdout: '' });
    expect(await keysOf(place, '--exact', place.location('key'))).toEqual(['key']);
    for (const key of ['ke', 'dir', 'dir/', 'none'])
      expect(await place.partwise(['ls', '--exact', place.location(key)])).toMatchObject({
        code: 4,
        stdout: '',
      });
  });

  it('shows sizes for people with -H', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'x'.repeat(1536));
    expect((await place.partwise(['ls', '-H', place.location()])).stdout).toMatch(/ 1\.5 KiB {2}key\n$/);
  });

  it('escapes control characters, and prints them raw with -0', async () => {
    const odd = 'a\u001b[2J\u202e\nb\\';
    const place = await openWith(odd);
    const ls = await place.partwise(['ls', place.location()]);
    expect(ls.stdout).toMatch(/ {2}a\\x1b\[2J\\u202e\\nb\\\\\n$/);
    expect(await keysOf(place, place.location())).toEqual([odd]);
    const json = await place.partwise(['ls', '--json', place.location()]);
    for (const harmful of ['\u001b', '\u202e']) expect(json.stdout).not.toContain(harmful);
    expect(JSON.parse(json.stdout.split('\n')[0] ?? '').key).toBe(odd);
  });

  it('flows over several pages without a gap or a repeat', async () => {
    const place = await embedded.open();
    const keys = Array.from({ length: 1100 }, (_, index) => `k${String(index).padStart(4, '0')}`);
    for (let at = 0; at < keys.length; at += 100)
      await Promise.all(keys.slice(at, at + 100).map((key) => storeObject(place, key, '')));
    expect(await keysOf(place, place.location())).toEqual(keys);
  });

  it.skipIf(withoutShell)(`ends quietly when head has seen enough${withoutShell}`, async () => {
    const place = await openWith('a', 'b');
    const ls = await place.shell(`partwise ls -q '${place.location()}' | head -1; exit "\${PIPESTATUS[0]}"`);
    expect([0, 141]).toContain(ls.code);
    expect(ls.stderr).toBe('');
  });
});

describe('ls -I', () => {
  it('shows unfinished uploads with their parts and bytes', async () => {
    const place = await openWith('done');
    const empty = await beginUpload(place, 'dir/a', 0);
    const two = await beginUpload(place, 'dir/b', 2);
    const ls = await place.partwise(['ls', '-I', place.location('dir/')]);
    expect(ls).toMatchObject({ code: 0 });
    const [first, second] = ls.stdout.split('\n');
    expect(first).toMatch(new RegExp(`^${TIME}  ${TIME} {6}0 {12}0  dir/a  ${empty}$`));
    expect(second).toMatch(new RegExp(`^${TIME}  ${TIME} {6}2 {11}10  dir/b  ${two}$`));
  });

  it('shows the parts of one upload', async () => {
    const place = await embedded.open();
    const uploadId = await beginUpload(place, 'key', 2);
    const ls = await place.partwise([
      'ls',
      '--parts',
      '--upload-id',
      uploadId,
      '--json',
      place.location('key'),
    ]);
    expect(ls.code).toBe(0);
    const lines = ls.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, number, size }) => [type, number, size])).toEqual([
      ['part', 1, 5],
      ['part', 2, 5],
      ['summary', undefined, undefined],
    ]);
  });

  it('of an unknown upload ends with 4', async () => {
    const place = await embedded.open();
    const ls = await place.partwise(['ls', '--parts', '--upload-id', 'none', place.location('key')]);
    expect(ls).toMatchObject({ code: 4, stdout: '' });
  });
});

describe('ls --json', () => {
  it('gives one object a line and ends with the summary, whatever it lists', async () => {
    const place = await openWith('dir/a', 'b');
    await beginUpload(place, 'half');
    for (const [args, types] of [
      [[place.location()], ['object', 'prefix', 'summary']],
      [
        ['-I', place.location()],
        ['summary', 'upload'],
      ],
      [['-r', place.location('none')], ['summary']],
    ] as const) {
      const { stdout } = await place.partwise(['ls', '--json', ...args]);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.map(({ type }) => String(type)).toSorted()).toEqual(types);
      expect(lines.at(-1)).toMatchObject({ type: 'summary', exitCode: 0, error: null });
    }
  });
});
