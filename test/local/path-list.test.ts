import { PassThrough } from 'node:stream';
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

  it('that is not there is an error of the disk', async () => {
    const paths = readPaths('/nowhere/list', { separator: '\n', signal });
    await expect(paths.next()).rejects.toMatchObject({ kind: 'disk', code: 'ENOENT' });
  });
});
