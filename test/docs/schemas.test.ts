import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded, type EmbeddedPlace } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import type { RunOptions } from '../support/processes/place.ts';
import { beginUpload, storeObject } from '../support/processes/remote.ts';
import { type Rule, startProxy } from '../support/proxy/proxy.ts';
import { blocksOf, readPage } from './pages.ts';

const MiB = 1024 * 1024;
const DAY_MS = 86_400_000;
const embedded = startEmbedded();

/** The schema of a page, made strict: users are to expect more keys, this program has none that are not named. */
function schemaOf(page: string): object {
  const text = blocksOf(page).find(
    ({ heading, language }) => heading === 'Schema' && language === 'json',
  )?.text;
  return JSON.parse(text ?? '', (_, value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    'properties' in value &&
    'required' in value &&
    !('oneOf' in value)
      ? { ...value, additionalProperties: false }
      : value,
  );
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
const isResultLine = ajv.compile(schemaOf('docs/reference/json.md'));
const isEventLine = ajv.compile(schemaOf('docs/reference/events.md'));

/** The lines that are not as the schema says; each as it is, for the message. */
function strangers(text: string, isValid: ValidateFunction): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.filter((line) => !isValid(JSON.parse(line)));
}

function typesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line): string => {
    const value: { type: string; action?: string } = JSON.parse(line);
    return value.action === undefined ? value.type : value.action;
  });
}

/** A place with three parts of a file, an object, and an upload that was begun two days ago. */
async function openFilled(): Promise<EmbeddedPlace & { readonly uploadId: string }> {
  const place = await embedded.open();
  await writeFile(join(place.dir, 'file'), makeBytes(11 * MiB));
  await storeObject(place, 'dir/object', 'text');
  embedded.server.advance(-2 * DAY_MS);
  const uploadId = await beginUpload(place, 'half');
  embedded.server.advance(2 * DAY_MS);
  return { ...place, uploadId };
}

const runs = (place: EmbeddedPlace & { uploadId: string }): [string[], string[], RunOptions?][] => [
  [
    ['put', '-s', '5MiB', 'file', place.location('key')],
    ['result', 'summary'],
  ],
  [
    ['put', '--no-overwrite', '-r', '.', place.location()],
    ['result', 'summary'],
  ],
  [
    ['put', '-n', 'file', place.location('other')],
    ['result', 'summary'],
  ],
  [['put', '-', place.location('stream')], ['result', 'summary'], { input: 'bytes' }],
  [
    ['get', '-s', '5MiB', place.location('key'), 'back'],
    ['result', 'summary'],
  ],
  [
    ['get', place.location('none')],
    ['result', 'summary'],
  ],
  [['get', 's3://'], ['summary']],
  [['put', '--wrong'], ['summary']],
  [['ls'], ['bucket', 'summary']],
  [
    ['ls', place.location()],
    ['prefix', 'object', 'summary'],
  ],
  [
    ['ls', '-r', '--versions', '--summarize', place.location()],
    ['object', 'summary'],
  ],
  [
    ['ls', '-I', place.location()],
    ['upload', 'summary'],
  ],
  [
    ['ls', '--parts', '--upload-id', place.uploadId, place.location('half')],
    ['part', 'summary'],
  ],
  [
    ['cleanup', '--older-than', '24h', '-n', place.location()],
    ['would-abort', 'summary'],
  ],
  [
    ['cleanup', '--older-than', '24h', place.location()],
    ['aborted', 'summary'],
  ],
  [
    ['cleanup', '--install-rule', place.location()],
    ['installed', 'summary'],
  ],
  [
    ['cleanup', '--check-rule', place.location()],
    ['covered', 'summary'],
  ],
  [['cleanup', '--local', '.'], ['summary']],
  [
    ['abort', '--upload-id', place.uploadId, place.location('half')],
    ['gone', 'summary'],
  ],
];

describe('docs/reference/json.md', () => {
  it('has a schema that its examples agree with', () => {
    const examples = blocksOf('docs/reference/json.md').filter(({ heading }) => heading !== 'Schema');
    expect(strangers(examples.map(({ text }) => text).join(''), isResultLine)).toEqual([]);
    expect(examples.length).toBeGreaterThan(3);
  });

  it('says what every command prints', async () => {
    const place = await openFilled();
    for (const [args, types, options] of runs(place)) {
      const { stdout } = await place.partwise([...args, '--json'], options);
      expect([args, strangers(stdout, isResultLine)]).toEqual([args, []]);
      expect([args, [...new Set(typesOf(stdout))]]).toEqual([args, types]);
    }
  });

  it('says what a get to stdout prints among the events', async () => {
    const place = await openFilled();
    const get = ['get', place.location('dir/object'), '-', '--json', '--progress', 'json'];
    const { stdout, stderr } = await place.partwise(get);
    expect(stdout).toBe('text');
    const lines = stderr.split('\n').filter((line) => line !== '');
    expect(lines.filter((line) => !isResultLine(JSON.parse(line)) && !isEventLine(JSON.parse(line)))).toEqual(
      [],
    );
    expect(typesOf(stderr)).toEqual(expect.arrayContaining(['transfer.done', 'result', 'summary']));
  });

  it('says what a get to stdout prints on stderr', async () => {
    const place = await openFilled();
    const { stdout, stderr } = await place.partwise(
      ['get', place.location('dir/object'), '-', '--json', '--progress', 'none'],
      // The variable is said in words.
      { env: { ENDPOINT: undefined, AWS_ENDPOINT_URL: embedded.server.endpoint } },
    );
    expect(stdout).toBe('text');
    expect(strangers(stderr, isResultLine)).toEqual([]);
    expect(typesOf(stderr)).toEqual(['result', 'summary']);
  });
});

describe('docs/reference/events.md', () => {
  const page = readPage('docs/reference/events.md');
  const source = readFileSync('src/transfer/events.ts', 'utf8');
  const types = [...source.matchAll(/\btype: '([\w.]+)'/g)].map(([, type = '']) => type);

  it('has a line and a place in the schema for each event, and none beside', () => {
    const rows = [...page.matchAll(/^\| `([a-z]+\.[a-z]+)` \|/gm)].map(([, type = '']) => type);
    expect(rows.toSorted()).toEqual(types.toSorted());
    const inSchema = [...page.matchAll(/"([a-z]+\.[a-z]+)"/g)].map(([, type = '']) => type);
    expect(inSchema.toSorted()).toEqual(types.toSorted());
  });

  it('says what every command prints', async () => {
    const place = await openFilled();
    for (const [args, , options] of runs(place)) {
      const { stderr } = await place.partwise([...args, '--progress', 'json'], options);
      expect([args, strangers(stderr, isEventLine)]).toEqual([args, []]);
    }
  });

  it('says what is printed when things go wrong', async () => {
    const rules: Rule[] = [
      { match: { operation: 'UploadPart', nth: 1 }, do: { action: 'answer', status: 500, drain: true } },
      { match: { operation: 'UploadPart', nth: 3 }, do: { action: 'answer', status: 503, drain: true } },
      { match: { operation: 'CreateMultipartUpload', nth: 1 }, do: { action: 'lose-reply', how: 'reset' } },
    ];
    const proxy = await startProxy({ target: embedded.server.endpoint, rules });
    onTestFinished(() => proxy.close());
    const place = await embedded.open({ endpoint: proxy.endpoint });
    await writeFile(join(place.dir, 'file'), makeBytes(16 * MiB));
    const put = ['put', '-s', '5MiB', 'file', place.location('key'), '--progress', 'json'];
    const { code, stderr } = await place.partwise(put);
    expect({ code, strangers: strangers(stderr, isEventLine) }).toEqual({ code: 0, strangers: [] });
    expect(typesOf(stderr)).toEqual(
      expect.arrayContaining([
        'upload.orphaned',
        'part.retrying',
        'endpoint.away',
        'endpoint.back',
        'pace.changed',
      ]),
    );
  });

  it('says what was recorded of real transfers', () => {
    const folder = 'test/report/fixtures';
    const recordings = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const lines = recordings.join('').split('\n').filter(Boolean);
    const events = lines.map((line): string => JSON.stringify(JSON.parse(line).event));
    expect(strangers(events.join('\n'), isEventLine)).toEqual([]);
    expect(events.length).toBeGreaterThan(50);
  });
});
