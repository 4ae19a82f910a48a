import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { storeObject } from '../support/processes/remote.ts';
import { entry, listingRule, manyPages, page, rawPage } from './pages.ts';
import { explain, expectFail, openFaults, refuse, sent, until } from './support.ts';

const matrix = startMatrixServer();

it('L01 keys with control characters: escaped as text and in JSON, raw with -0', async () => {
  const keys = ['a\x1b[2Jb', 'a\x1b]52;c;eA==\x07b', 'cr\rlf\nb', 'rtl\u202eb', 'c1\u009b2Jb'];
  const place = await openFaults(matrix.server, [listingRule(page(keys))]);
  const text = await place.partwise(['ls', '-r', place.location()]);
  explain(text.code, text.stderr).toBe(0);
  expect(text.stdout.trimEnd().split('\n')).toHaveLength(keys.length);
  // oxlint-disable-next-line no-control-regex
  expect(text.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  expect(text.stdout).toContain('\\x1b[2J');
  const json = await place.partwise(['ls', '-r', '--json', place.location()]);
  // oxlint-disable-next-line no-control-regex
  expect(json.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  const listed = json.stdout
    .trim()
    .split('\n')
    .map((line): { type: string; key?: string } => JSON.parse(line))
    .filter(({ type }) => type === 'object')
    .map(({ key }) => key);
  expect(listed).toEqual(keys);
  const raw = await place.partwise(['ls', '-r', '-0', place.location()]);
  expect(raw.stdout).toBe(keys.map((key) => `${key}\0`).join(''));
});

it('L02 a listing is answered with half an XML, HTML or nothing: exit 1 after retries', async () => {
  for (const body of [page(['a', 'b']).slice(0, 300), '<html><body>Hi</body></html>', '']) {
    const place = await openFaults(matrix.server, [listingRule(body)]);
    const ls = await place.partwise(['ls', '-r', '--json', place.location()]);
    expectFail(ls, 1, new RegExp(place.bucket));
    // A web page is told at once: it comes from a console's port or a portal, and comes again.
    if (!body.startsWith('<html'))
      expect(sent(place, 'ListObjectsV2').length, `"${body.slice(0, 30)}": ${ls.stderr}`).toBeGreaterThan(1);
    expect(ls.stdout).not.toContain('"type":"object"');
  }
}, 240_000);

it('L03 the second of three pages fails once: every key once', async () => {
  const place = await openFaults(matrix.server, [
    listingRule(page(['a', 'b'], 'two'), 1),
    { match: { operation: 'ListObjectsV2', nth: 2 }, do: refuse(500, 'InternalError') },
    listingRule(page(['c', 'd'], 'three'), 3),
    listingRule(page(['e']), 4),
  ]);
  const ls = await place.partwise(['ls', '-r', '-0', place.location()]);
  explain(ls.code, ls.stderr).toBe(0);
  expect(ls.stdout).toBe('a\0b\0c\0d\0e\0');
  const tokens = sent(place, 'ListObjectsV2').map(({ query }) =>
    new URLSearchParams(query).get('continuation-token'),
  );
  expect(tokens).toEqual([null, 'two', 'two', 'three']);
});

it('L05 the reader of a listing goes away: no stack, exit 0', async () => {
  const place = await openFaults(matrix.server);
  const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}-${'x'.repeat(200)}`);
  place.proxy.setRules(manyPages(keys, 50));
  const ls = await place.shell(
    `partwise ls -r ${place.location()} | head -1 | wc -l; exit "\${PIPESTATUS[0]}"`,
  );
  explain([0, 141], ls.stderr).toContain(ls.code);
  expect(ls.stderr).not.toMatch(/^\s+at |EPIPE|internal error/m);
  expect(sent(place, 'ListObjectsV2').length).toBeLessThan(40);
});

it('L06 sizes and dates that make no sense: shown as ?, no crash', async () => {
  const rests = [
    '<LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>-5</Size>',
    '<LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>NaN</Size>',
    '<LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>99999999999999999999999</Size>',
    '<LastModified>yesterday</LastModified><Size>4</Size>',
    '<Size>4</Size>',
    '',
  ];
  const place = await openFaults(matrix.server, [
    listingRule(rawPage(rests.map((rest, index) => entry(`<Key>k${index}</Key>`, rest)))),
  ]);
  for (const flags of [[], ['-H'], ['--json']]) {
    const ls = await place.partwise(['ls', '-r', ...flags, place.location()]);
    expect(ls.stdout + ls.stderr).not.toMatch(/NaN|Invalid Date|undefined|internal error|^\s+at /m);
    explain(ls.code, ls.stderr).toBe(0);
    for (const index of rests.keys()) expect(ls.stdout).toContain(`k${index}`);
    if (flags[0] !== '--json') expect(ls.stdout).toContain('?');
  }
});

it('L08 a long listing into a pipe is complete when the program ends', async () => {
  const place = await openFaults(matrix.server);
  const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}-${'x'.repeat(100)}`);
  place.proxy.setRules(manyPages(keys, 30));
  const ls = await place.shell(`partwise ls -r ${place.location()} | (sleep 1; wc -l)`);
  expect(ls.stdout.trim()).toBe('30000');
});

it('R11 files that vanish between the walk and the put are counted: exit 3, no crash', async () => {
  const place = await openFaults(matrix.server);
  const made = await place.shell('mkdir in && for i in $(seq 300); do echo $i > in/$i; done');
  expect(made.code).toBe(0);
  const put = place.start(['put', '-r', '-j', '1', '-c', '1', 'in', place.location('p/')]);
  await until(() => sent(place, 'PutObject').length >= 3);
  expect((await place.shell('rm in/9*')).code).toBe(0);
  const ended = await put.ended;
  explain([0, 3], ended.stderr).toContain(ended.code);
  expect(ended.stderr).not.toMatch(/^\s+at |internal error/m);
  if (ended.code === 3) expect(ended.stderr).toMatch(/in\/9/);
  await storeObject(place, 'after', 'x');
  await place.client.send(new PutObjectCommand({ Bucket: place.bucket, Key: 'done' }));
});
