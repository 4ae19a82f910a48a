import {
  chmod,
  chown,
  lstat,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import type { Ended } from '../support/processes/program.ts';
import { listKeys, listUploads, readObject } from '../support/processes/remote.ts';
import type { Rule } from '../support/proxy/proxy.ts';
import type { Step } from '../support/proxy/rule.ts';
import {
  explain,
  BYTES,
  expectClean,
  expectPutOk,
  type FaultPlace,
  journals,
  MiB,
  openPut,
  sent,
  settled,
  stateOf,
} from './support.ts';

const matrix = startMatrixServer();
type Point = { readonly name: string; readonly match: Rule['match']; readonly at: Step };

/** Kills a put at this point of its way. */
async function killAt({ match, at }: Point, flags: readonly string[] = []): Promise<FaultPlace> {
  const place = await openPut(matrix.server);
  const pidFile = join(place.dir, '..', 'pid');
  place.proxy.setRules([{ match, do: { action: 'signal', at, signal: 'SIGKILL', pidFile, hold: true } }]);
  const put = place.startPut(flags);
  await writeFile(pidFile, `${put.pid}\n`);
  expect((await put.ended).signal).toBe('SIGKILL');
  await settled(place);
  place.proxy.setRules([]);
  return place;
}

/** The parts the server lists for the one upload there is. */
async function listedParts(place: FaultPlace): Promise<number[]> {
  const uploads = await listUploads(place);
  const numbers: number[] = [];
  for (const upload of uploads) {
    const input = { Bucket: place.bucket, Key: 'key', UploadId: upload.split(' ')[1] };
    const listed = place.client.send(new ListPartsCommand(input));
    const { Parts = [] } = await listed.catch((error: unknown) => {
      // The server was still completing it.
      if (error instanceof Error && error.name === 'NoSuchUpload') return { Parts: [] };
      throw error;
    });
    numbers.push(...Parts.map(({ PartNumber = 0 }) => PartNumber));
  }
  return numbers;
}

/** The requests of the same command given again. */
async function again(
  place: FaultPlace,
  ...flags: string[]
): Promise<{ put: Ended; parts: number[]; completes: number }> {
  const before = place.proxy.requests.length;
  const put = await place.put(...flags);
  const lines = place.proxy.requests.slice(before);
  const parts = lines
    .filter(({ operation }) => operation === 'UploadPart')
    .map(({ partNumber = 0 }) => partNumber)
    .toSorted((a, b) => a - b);
  return {
    put,
    parts,
    completes: lines.filter(({ operation }) => operation === 'CompleteMultipartUpload').length,
  };
}

const POINTS: readonly Point[] = [
  { name: 'Create sent', match: { operation: 'CreateMultipartUpload' }, at: 'request-complete' },
  { name: 'Create answered', match: { operation: 'CreateMultipartUpload' }, at: 'answer-sent' },
  { name: 'part 1', match: { operation: 'UploadPart', partNumber: 1 }, at: `request-body-bytes:${MiB}` },
  { name: 'part 3', match: { operation: 'UploadPart', partNumber: 3 }, at: `request-body-bytes:${MiB}` },
  {
    name: 'the last part',
    match: { operation: 'UploadPart', partNumber: 4 },
    at: `request-body-bytes:${MiB}`,
  },
  { name: 'a part answered', match: { operation: 'UploadPart', partNumber: 2 }, at: 'answer-sent' },
  { name: 'Complete sent', match: { operation: 'CompleteMultipartUpload' }, at: 'request-complete' },
  { name: 'Complete answered', match: { operation: 'CompleteMultipartUpload' }, at: 'answer-received' },
];

it('P33 killed at eight points of its way: the same command ends well and sends only what is missing', async () => {
  for (const point of POINTS) {
    const place = await killAt(point);
    const listed = await listedParts(place);
    const worked = (await listKeys(place)).includes('key');
    const uploads = await listUploads(place);
    const { put, parts, completes } = await again(place);
    expect(put.code, `${point.name}: ${put.stderr}`).toBe(0);
    // The server may take in what it already had after it was asked: what is listed is a lower limit.
    const repeated = parts.filter(
      (number, index) => listed.includes(number) || parts.indexOf(number) !== index,
    );
    expect(repeated, `${point.name}: ${put.stderr}`).toEqual([]);
    if (worked) expect([parts, completes], `${point.name}: ${put.stderr}`).toEqual([[], 0]);
    const left = await listUploads(place);
    // An upload whose id nobody ever heard is cleanup's; there must not be another one.
    if (point.name === 'Create sent') explain(uploads, point.name).toEqual(expect.arrayContaining(left));
    else expect(left, `${point.name}: ${put.stderr}`).toEqual([]);
    const { ContentLength } = await place.client.send(
      new HeadObjectCommand({ Bucket: place.bucket, Key: 'key' }),
    );
    expect(ContentLength).toBe(BYTES.byteLength);
    explain(await journals(place), point.name).toEqual([]);
  }
}, 300_000);

const THIRD: Point = {
  name: 'part 3',
  match: { operation: 'UploadPart', partNumber: 3 },
  at: `request-body-bytes:${MiB}`,
};

it('P34 killed, then the file is edited behind its time: the object has the new bytes', async () => {
  const place = await killAt(THIRD, ['-c', '1']);
  expect(await listedParts(place)).toEqual([1, 2]);
  const edit = await place.shell(
    'cp -p file ref && printf edited | dd of=file bs=1 seek=100 conv=notrunc && touch -r ref file && rm ref',
  );
  expect(edit.code).toBe(0);
  const edited = await readFile(join(place.dir, 'file'));
  expect(edited.equals(BYTES)).toBe(false);
  const { put, parts } = await again(place);
  expect(parts).toContain(1);
  explain(put.code, put.stderr).toBe(0);
  const uploads = await listUploads(place);
  // A fresh start leaves the old upload and says so.
  for (const upload of uploads) expect(put.stderr).toContain(upload.split(' ')[1]);
  expect(uploads.length).toBeLessThanOrEqual(1);
  expect(edited.equals(await readObject(place, 'key'))).toBe(true);
});

it('P35 killed, then put with other options: begun afresh, the old upload named and left', async () => {
  for (const flags of [
    ['-s', '6MiB'],
    ['--checksum-algorithm', 'sha256'],
  ]) {
    const place = await killAt(THIRD, ['-c', '1']);
    const [old = ''] = await listUploads(place);
    const { put, parts } = await again(place, ...flags);
    explain(put.code, put.stderr).toBe(0);
    explain(parts, put.stderr).toEqual([1, 2, 3, 4]);
    expect(put.stderr).toContain(old.split(' ')[1]);
    expect(await listUploads(place)).toEqual([old]);
  }
});

const isRoot = process.getuid?.() === 0;
const SPOILERS: readonly (readonly [string, (page: string, dir: string) => Promise<unknown>])[] = [
  ['corrupt', (page) => writeFile(page, '{"version":1,"\0\0')],
  ['cut', (page) => truncate(page, 20)],
  ['empty', (page) => truncate(page, 0)],
  ['of another version', (page) => writeFile(page, '{"version":99}\n')],
  [
    'a link',
    async (page, dir) => {
      await rename(page, join(dir, 'victim'));
      await symlink(join(dir, 'victim'), page);
    },
  ],
  ...(isRoot
    ? [
        [
          "another's, writable by all",
          (page: string) => chmod(page, 0o666).then(() => chown(page, 1234, 1234)),
        ] as const,
      ]
    : []),
];

it('P36 killed, then its memory is spoilt: warned, and the server decides', async () => {
  for (const [name, spoil] of SPOILERS) {
    const place = await killAt(THIRD, ['-c', '1']);
    const page = (await readdir(stateOf(place))).find((file) => file.endsWith('.jsonl')) ?? '';
    await spoil(join(stateOf(place), page), join(place.dir, '..'));
    const victim = join(place.dir, '..', 'victim');
    const planted = name === 'a link' ? await readFile(victim) : undefined;
    const { put } = await again(place);
    expect(put.code, `${name}: ${put.stderr}`).toBe(0);
    explain(put.stderr, name).toMatch(/not believed|ignored|warning/i);
    explain(put.stderr, name).not.toMatch(/^\s+at |internal error/m);
    if (planted !== undefined) {
      expect((await lstat(victim)).isFile()).toBe(true);
      expect((await readFile(victim)).equals(planted)).toBe(true);
    }
    for (const upload of await listUploads(place)) explain(put.stderr, name).toContain(upload.split(' ')[1]);
    await rm(join(place.dir, 'file'));
  }
}, 300_000);

it('P39 two puts of one file at one time: one says so or both end well, with one object', async () => {
  const hold: Rule = {
    match: { operation: 'UploadPart', partNumber: 2, nth: 1 },
    do: { action: 'delay', ms: 3_000, when: 'before-forward' },
  };
  const place = await openPut(matrix.server, [hold]);
  const first = place.startPut([]);
  const second = place.startPut([]);
  const ended = await Promise.all([first.ended, second.ended]);
  const codes = ended.map(({ code }) => code ?? -1).toSorted((a, b) => a - b);
  explain(
    [
      [0, 0],
      [0, 1],
    ],
    ended.map(({ stderr }) => stderr).join('\n'),
  ).toContainEqual(codes);
  if (codes[1] === 1) expect(ended.some(({ stderr }) => stderr.includes('already running'))).toBe(true);
  const uploadIds = new Set(
    sent(place, 'UploadPart').map(({ query }) => new URLSearchParams(query).get('uploadId')),
  );
  expect(uploadIds.size).toBe(sent(place, 'CreateMultipartUpload').length);
  await expectPutOk(place, { ...(ended.find(({ code }) => code === 0) ?? ended[0]) });
});

it('P40 two puts of different files to one key: one of them whole, nothing left', async () => {
  const place = await openPut(matrix.server);
  const other = Buffer.from(BYTES.toReversed());
  await writeFile(join(place.dir, 'other'), other);
  const puts = ['file', 'other'].map((name) =>
    place.partwise(['put', '-s', '5MiB', '-c', '4', name, place.location('key')]),
  );
  const ended = await Promise.all(puts);
  const codes = ended.map(({ code }) => code);
  // Whoever finds the other's object in place of his own says so with 7.
  explain([0, 7], ended.map(({ stderr }) => stderr).join('\n')).toEqual(expect.arrayContaining(codes));
  expect(codes).toContain(0);
  await expectClean(place);
  const got = await place.partwise(['get', place.location('key'), 'got']);
  expect(got.code).toBe(0);
  const bytes = await readFile(join(place.dir, 'got'));
  expect(bytes.equals(BYTES) || bytes.equals(other)).toBe(true);
});
