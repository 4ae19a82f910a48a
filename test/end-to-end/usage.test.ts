import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { runBare } from '../support/processes/place.ts';

const embedded = startEmbedded();

describe('a command line that does not say enough', () => {
  it.each([
    [
      'a flag that takes the next one for its value',
      ['put', '--part-size', '-q', 'file'],
      /--part-size needs a value/,
    ],
    ['an empty value', ['put', '--part-size', '', 'file'], /empty/],
    ['a part size below 5 MiB', ['put', '-s', '1MiB', 'file'], /5 MiB/],
    ['a size that is none', ['put', '-s', '1e9', 'file'], /"1e9" is not a size/],
    ['a concurrency of nothing', ['put', '-c', '0', 'file'], /"0"/],
    ['a duration without a unit', ['cleanup', 's3://bucket', '--older-than', '7'], /unit/],
    ['cleanup without an age', ['cleanup', 's3://bucket'], /--older-than/],
    ['an unknown progress', ['put', '--progress', 'loud', 'file'], /bars/],
    ['an unknown flag, close to one', ['put', '--part-sise', '8MiB', 'file'], /Did you mean --part-size\?/],
    ['an unknown command, close to one', ['pit', 'file'], /Did you mean put\?/],
    ['no source', ['put'], /missing|source/],
    ['a target without a source', ['put', 's3://bucket/key'], /target without a source/],
    ['a bucket without a name', ['put', 'file', 's3:///key'], /names no bucket/],
    ['an empty word for a location', ['put', '', 's3://bucket/key'], /empty/],
    ['an empty segment at the end', ['ls', 's3://bucket//'], /empty segment/],
    ['a web address for a location', ['get', 'https://example.com/bucket/key'], /--endpoint-url/],
    ['a directory without -r', ['put', 'folder', 's3://bucket/'], /add -r/],
    ['two files for one key', ['put', 'file', 'other', 's3://bucket/key'], /slash/],
    ['stdin without a key', ['put', '-', 's3://bucket/'], /whole key/],
    ['a prefix for stdout', ['get', '-r', 's3://bucket/', '-'], /stdout/],
    ['an endpoint that is a location', ['ls', '-e', 's3://bucket', 's3://bucket'], /s3:\/\//],
    ['abort of a prefix without -r', ['abort', 's3://bucket/dir/'], /-r --all/],
    ['abort without a written bucket', ['abort', 'key'], /not an S3 location/],
    ['parts without an upload', ['ls', '--parts', 's3://bucket/key'], /--upload-id/],
  ])('ends with 2 before any request: %s', async (_, args, said) => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    await writeFile(join(place.dir, 'other'), 'text');
    await mkdir(join(place.dir, 'folder'));
    const written = args.map((word) => word.replace('s3://bucket', `s3://${place.bucket}`));
    const requests = await place.requestsDuring(async () => {
      const ended = await place.partwise(written);
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toMatch(said);
      expect(ended.stderr).toMatch(/^partwise: [^\n]*\n$/m);
    });
    expect(requests).toEqual([]);
  });

  it('ends with 2 when two files would become one key, and sends neither', async () => {
    const place = await embedded.open();
    for (const dir of ['a', 'b']) {
      await mkdir(join(place.dir, dir));
      await writeFile(join(place.dir, dir, 'same.txt'), dir);
    }
    const requests = await place.requestsDuring(async () => {
      for (const args of [
        ['put', 'a/same.txt', 'b/same.txt', place.location('dir/')],
        ['put', '-r', 'a', 'b', place.location('dir/')],
      ]) {
        const ended = await place.partwise(args);
        expect(ended.code).toBe(2);
        expect(ended.stderr).toMatch(/a.same\.txt and b.same\.txt would both become/);
      }
    });
    expect(requests).toEqual([]);
  });

  it('ends with 2 and still gives programs their summary', async () => {
    const ended = await runBare(['put', '--json', '--part-sise', '8MiB']);
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      type: 'summary',
      exitCode: 2,
      error: { kind: 'usage' },
    });
  });
});

describe('words that begin with a dash', () => {
  it('are files after --', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, '-file'), 'text');
    expect(await place.partwise(['put', '--', '-file'])).toMatchObject({ code: 0 });
    expect((await place.partwise(['ls', '-0', place.location()])).stdout).toBe('-file\0');
  });
});

describe('help', () => {
  it('is printed on stdout, for the program and for every command', async () => {
    for (const args of [
      ['--help'],
      ['help', 'put'],
      ...['put', 'get', 'ls', 'abort', 'cleanup'].map((c) => [c, '--help']),
    ]) {
      const ended = await runBare(args);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(/^Usage: partwise/);
    }
  });

  it('of every command shows examples and exit codes', async () => {
    for (const command of ['put', 'get', 'ls', 'abort', 'cleanup']) {
      const { stdout } = await runBare([command, '--help']);
      expect(stdout).toMatch(
        new RegExp(`Examples:\\n  partwise ${command} |Examples:\\n.*partwise ${command} `),
      );
      expect(stdout).toContain('Exit codes:');
    }
  });

  it('ends quietly when its reader goes away', async () => {
    const place = await embedded.open();
    if (process.platform === 'win32') return;
    const ended = await place.shell('partwise put --help | head -c 10');
    expect(ended).toMatchObject({ code: 0, stdout: 'Usage: par', stderr: '' });
  });
});
