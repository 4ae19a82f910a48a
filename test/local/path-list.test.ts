import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readPaths } from '../../src/local/path-list.ts';
import { TransferError } from '../../src/transfer/errors.ts';

const { signal } = new AbortController();

describe('a list of paths', () => {
  it.each([
    ['\n', ['a\r\nb', ' c\n\nd'], ['a', 'b c', 'd']],
    ['\0', ['a\nb\0', 'c\r\0'], ['a\nb', 'c\r']],
  ] as const)(
    'parted by %j is read whichever way it comes in pieces',
    async (separator, pieces, expected) => {
      const stream = new PassThrough();
      for (const piece of pieces) stream.write(piece);
      stream.end();
      const paths: string[] = [];
      for await (const path of readPaths(stream, { separator, signal })) paths.push(path);
      expect(paths).toEqual(expected);
    },
  );

  it('that nobody finishes does not hold up whoever is asked to stop', async () => {
    const stream = new PassThrough();
    const stop = new AbortController();
    const paths = readPaths(stream, { separator: '\n', signal: stop.signal });
    stream.write('first\n');
    expect(await paths.next()).toEqual({ done: false, value: 'first' });
    const next = paths.next();
    stop.abort(new TransferError('interrupted', 'enough'));
    await expect(next).rejects.toMatchObject({ kind: 'interrupted', message: 'enough' });
  });

  it.each([
    ['\n', /no line end for 65536 characters/],
    ['\0', /no NUL for 65536 characters/],
  ] as const)(
    'without %j is a usage error soon, not a line that grows until memory is full',
    async (separator, why) => {
      let given = 0;
      const endless = Readable.from(
        (function* () {
          for (; given < 1_000; given++) yield Buffer.alloc(64 * 1024, 'a');
        })(),
      );
      const paths = readPaths(endless, { separator, signal });
      await expect(paths.next()).rejects.toMatchObject({
        kind: 'usage',
        message: expect.stringMatching(why),
      });
      expect(given).toBeLessThan(100);
    },
  );

  it('that is not there is an error of the disk', async () => {
    const paths = readPaths('/nowhere/list', { separator: '\n', signal });
    await expect(paths.next()).rejects.toMatchObject({ kind: 'disk', code: 'ENOENT' });
  });
});
