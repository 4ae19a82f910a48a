import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmbeddedPlace, startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { runBare } from '../support/processes/place.ts';
import { beginUpload, storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();

const RESULT =
  'type operation source target status bytes parts resumedParts resumedBytes retries seconds etag versionId uploadId verified error'.split(
    ' ',
  );
const UPLOAD = ['type', 'key', 'uploadId', 'initiated', 'lastActivity', 'parts', 'bytes'];
const ACTION = ['type', 'action', 'reason', ...UPLOAD.slice(1)];
const ERROR = ['kind', 'code', 'message', 'requestId'];

type Line = Record<string, unknown>;

/** Runs with --json; every line must parse. */
async function linesOf(place: EmbeddedPlace, args: readonly string[]): Promise<Line[]> {
  const { stdout } = await place.partwise([...args, '--json']);
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

describe('--json', () => {
  it('gives a put and a get exactly the promised keys', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), makeBytes(11 * 1024 * 1024));
    const put = await linesOf(place, ['put', '-s', '5MiB', 'file', place.location('key')]);
    const get = await linesOf(place, ['get', '-s', '5MiB', place.location('key'), 'back']);
    for (const [operation, [result, summary, ...more]] of [
      ['put', put],
      ['get', get],
    ] as const) {
      expect(more).toEqual([]);
      expect(keysOf(result)).toEqual(RESULT);
      expect(result).toMatchObject({
        type: 'result',
        operation,
        status: 'done',
        bytes: 11 * 1024 * 1024,
        parts: 3,
      });
      expect(result).toMatchObject({ resumedParts: 0, resumedBytes: 0, retries: 0, error: null });
      expect(result?.['seconds']).toBeTypeOf('number');
      expect(keysOf(result?.['verified'])).toEqual(['by', 'algorithm', 'value']);
      expect(keysOf(summary).slice(0, 3)).toEqual(['type', 'exitCode', 'error']);
      expect(summary).toMatchObject({ type: 'summary', exitCode: 0, error: null, done: 1, failed: 0 });
    }
    expect(put[0]).toMatchObject({ source: 'file', target: place.location('key') });
    expect(get[0]).toMatchObject({ source: place.location('key'), target: 'back' });
    expect(get[0]?.['etag']).toBe(put[0]?.['etag']);
  });

  it('gives a failure the same keys, unknown as null', async () => {
    const place = await embedded.open();
    const [result, summary] = await linesOf(place, ['get', place.location('none'), 'back']);
    expect(keysOf(result)).toEqual(RESULT);
    expect(result).toMatchObject({ status: 'failed', bytes: null, etag: null, verified: null });
    expect(keysOf(result?.['error'])).toEqual(ERROR);
    expect(result?.['error']).toMatchObject({ kind: 'not-found' });
    expect(summary).toMatchObject({ type: 'summary', exitCode: 4, error: { kind: 'not-found' } });
    expect(keysOf(summary?.['error'])).toEqual(ERROR);
  });

  it('gives a command that fails before its first item its summary', async () => {
    const place = await embedded.open();
    for (const [args, exitCode] of [
      [['put', 'none'], 4],
      [['ls', 's3://no-such-bucket'], 4],
      [['cleanup', place.location()], 2],
      [['get', place.location('key'), 'none/file'], 8],
    ] as const) {
      const lines = await linesOf(place, args);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ type: 'summary', exitCode, error: { message: expect.any(String) } });
    }
  });

  it('gives every kind of listing exactly the promised keys', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    await storeObject(place, 'dir/a', 'text');
    const uploadId = await beginUpload(place, 'half');
    const [prefix, object] = await linesOf(place, ['ls', place.location()]);
    expect(keysOf(prefix)).toEqual(['type', 'prefix']);
    expect(keysOf(object)).toEqual([
      'type',
      'key',
      'size',
      'lastModified',
      'etag',
      'storageClass',
      'versionId',
      'checksumAlgorithm',
    ]);
    const [version] = await linesOf(place, ['ls', '--versions', '--exact', place.location('key')]);
    expect(keysOf(version)).toEqual([...keysOf(object), 'isLatest']);
    expect(version).toMatchObject({ versionId: 'null', isLatest: true });
    expect(object).toMatchObject({ type: 'object', key: 'key', size: 4 });
    expect(object?.['lastModified']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const buckets = await linesOf(place, ['ls']);
    expect(keysOf(buckets[0])).toEqual(['type', 'name', 'created']);
    const [upload] = await linesOf(place, ['ls', '-I', place.location()]);
    expect(keysOf(upload)).toEqual(UPLOAD);
    const [part] = await linesOf(place, ['ls', '--parts', '--upload-id', uploadId, place.location('half')]);
    expect(keysOf(part)).toEqual(['type', 'number', 'size', 'etag', 'lastModified']);
  });

  it('gives abort and cleanup exactly the promised keys', async () => {
    const place = await embedded.open();
    embedded.server.advance(-2 * 86_400_000);
    await beginUpload(place, 'half');
    embedded.server.advance(2 * 86_400_000);
    const [would] = await linesOf(place, ['cleanup', place.location(), '--older-than', '24h', '-n']);
    expect(keysOf(would)).toEqual(ACTION);
    expect(would).toMatchObject({ type: 'upload', action: 'would-abort', key: 'half', parts: 1, bytes: 5 });
    const [aborted] = await linesOf(place, ['abort', place.location('half')]);
    expect(keysOf(aborted)).toEqual(ACTION);
    expect(aborted).toMatchObject({ type: 'upload', action: 'aborted' });
  });
});

describe('--progress json', () => {
  it('makes every line on stderr JSON, errors too', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    for (const args of [
      ['put', 'file'],
      ['get', 'none'],
      ['put', 'none'],
    ]) {
      const { stderr } = await place.partwise([...args, '--progress', 'json']);
      const lines: Line[] = stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line['type']).toBeTypeOf('string');
    }
  });

  it('makes the warnings of Node JSON too, and leaves them text otherwise', async () => {
    const env = {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    // No server is there: Node warns as soon as it is asked for a connection.
    const get = [
      'get',
      's3://bucket/key',
      'file',
      '-e',
      'https://127.0.0.1:1',
      '--retries',
      '1',
      '--give-up-after',
      '1s',
    ];
    const asJson = await runBare([...get, '--progress', 'json'], env);
    const lines = asJson.stderr.trimEnd().split('\n');
    const said: Line[] = lines.map((line) => JSON.parse(line));
    const warning = expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED');
    expect(said).toContainEqual({ type: 'warning', message: warning });
    expect((await runBare(get, env)).stderr).toMatch(
      /^\(node:\d+\) Warning: .*NODE_TLS_REJECT_UNAUTHORIZED/m,
    );
  });
});
