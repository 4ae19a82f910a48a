import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, chmod, chown, mkdir, rename, rm, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileSink } from '../../src/local/file-sink.ts';
import { openFile } from '../../src/local/file-source.ts';
import { kindOfPath, openTarget, refuseSystemDirectory } from '../../src/local/path-kind.ts';

const signal = new AbortController().signal;
const bytes = new TextEncoder().encode('the new content');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partwise-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const isPosix = process.platform !== 'win32';

describe('a file as a source', () => {
  it('is read from any offset', async () => {
    writeFileSync(at('f'), 'abcdefgh');
    const source = await openFile(at('f'));
    const into = new Uint8Array(3);
    await source.read(4, into, { signal });
    await source.close();
    expect(Buffer.from(into).toString()).toBe('efg');
    expect(source.size).toBe(8);
  });
  it.each([
    ['grows', (path: string) => appendFile(path, 'x')],
    ['shrinks', (path: string) => truncate(path, 2)],
    ['is touched', (path: string) => utimes(path, 1, 1)],
    [
      'is replaced by another',
      async (path: string) => rename(path, `${path}.old`).then(() => writeFileSync(path, 'abcdefgh')),
    ],
  ])('that %s is not the same any more', async (_, change) => {
    writeFileSync(at('f'), 'abcdefgh');
    const source = await openFile(at('f'));
    expect(await source.isSame()).toBe(true);
    await change(at('f'));
    expect(await source.isSame()).toBe(false);
    await source.close();
  });
  it.runIf(isPosix)('that is deleted is still the one that was opened', async () => {
    writeFileSync(at('f'), 'abcdefgh');
    const source = await openFile(at('f'));
    await rm(at('f'));
    expect(await source.isSame()).toBe(true);
    await source.close();
  });
  it('that ends early has changed', async () => {
    writeFileSync(at('f'), 'abcdefgh');
    const source = await openFile(at('f'));
    await truncate(at('f'), 2);
    await expect(source.read(0, new Uint8Array(8), { signal })).rejects.toMatchObject({ kind: 'changed' });
    await source.close();
  });
  it('must exist and be a regular file', async () => {
    await expect(openFile(at('none'))).rejects.toMatchObject({ kind: 'not-found' });
    await expect(openFile(folder)).rejects.toMatchObject({ kind: 'usage' });
  });
  it.runIf(isPosix)('is not waited for when it is a FIFO without a writer', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    await expect(openFile(at('fifo'))).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('a file as a sink', () => {
  const write = async (path: string): Promise<void> => {
    const sink = fileSink(path);
    await sink.open(bytes.byteLength);
    await sink.write(4, bytes.subarray(4), { signal });
    await sink.write(0, bytes.subarray(0, 4), { signal });
    await sink.commit();
  };
  it('takes its name only when it is whole, and leaves nothing beside it', async () => {
    writeFileSync(at('f'), 'old');
    const sink = fileSink(at('f'));
    await sink.open(bytes.byteLength);
    await sink.write(0, bytes, { signal });
    expect(readFileSync(at('f'), 'utf8')).toBe('old');
    await sink.commit();
    expect(readFileSync(at('f'), 'utf8')).toBe('the new content');
    expect(readdirSync(folder)).toEqual(['f']);
  });
  it('that is discarded leaves the old one and nothing else', async () => {
    writeFileSync(at('f'), 'old');
    const sink = fileSink(at('f'));
    await sink.open(bytes.byteLength);
    await sink.write(0, bytes, { signal });
    await sink.discard();
    await sink.discard();
    expect(readFileSync(at('f'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['f']);
  });
  it('gives its bytes again, in order', async () => {
    const sink = fileSink(at('f'));
    await sink.open(bytes.byteLength);
    await sink.write(4, bytes.subarray(4), { signal });
    await sink.write(0, bytes.subarray(0, 4), { signal });
    let text = '';
    for await (const chunk of sink.reread({ signal })) text += Buffer.from(chunk).toString();
    await sink.discard();
    expect(text).toBe('the new content');
  });
  it.runIf(isPosix)('hands on the permission bits of the file it replaces', async () => {
    writeFileSync(at('f'), 'old');
    await chmod(at('f'), 0o640);
    await write(at('f'));
    expect(statSync(at('f')).mode & 0o777).toBe(0o640);
  });
  it.runIf(isPosix)('replaces a symbolic link and leaves what it pointed to', async () => {
    writeFileSync(at('victim'), 'old');
    symlinkSync('victim', at('f'));
    await write(at('f'));
    expect(readFileSync(at('victim'), 'utf8')).toBe('old');
    expect(readFileSync(at('f'), 'utf8')).toBe('the new content');
  });
  it('copes with the longest name a file system takes', async () => {
    const name = 'ä'.repeat(127);
    await write(at(name));
    expect(readdirSync(folder)).toEqual([name]);
  });
  it('refuses a directory before a byte is fetched', async () => {
    await mkdir(at('d'));
    await expect(fileSink(at('d')).open(1)).rejects.toMatchObject({ kind: 'usage' });
  });
  it('fails before the first byte when the file cannot fit', async () => {
    await expect(fileSink(at('f')).open(2 ** 53 - 1)).rejects.toMatchObject({ kind: 'disk', code: 'ENOSPC' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('a target that belongs to the running system', () => {
  it.each(['/dev/stdout', '/dev/fd/1', '/dev/new', '/proc/self/fd/1', '/proc/1/comm', '/sys/kernel/x'])(
    '%s is refused before anything is made',
    async (path) => {
      await expect(openTarget(path)).rejects.toMatchObject({ kind: 'usage' });
    },
  );
  it('is not what lies in shared memory', async () => {
    await expect(refuseSystemDirectory('/dev/shm')).resolves.toBeUndefined();
    await expect(refuseSystemDirectory('/dev/shmx')).rejects.toMatchObject({ kind: 'usage' });
    await expect(refuseSystemDirectory('/proc/self/no/such')).rejects.toMatchObject({ kind: 'usage' });
    await expect(refuseSystemDirectory(folder)).resolves.toBeUndefined();
  });
});

describe.runIf(isPosix)('a target that is no regular file', () => {
  it.runIf(process.getuid?.() === 0)('is not written where it belongs to another user', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    await chown(at('fifo'), 12345, 12345);
    const reader = openSync(at('fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      await expect(openTarget(at('fifo'))).rejects.toMatchObject({
        kind: 'disk',
        message: expect.stringContaining('a FIFO of another user'),
      });
    } finally {
      closeSync(reader);
    }
  });
  it('is written in order and not renamed over', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const reader = import('node:fs/promises').then(({ readFile }) => readFile(at('fifo'), 'utf8'));
    const sink = await openTarget(at('fifo'));
    expect(sink.order).toBe('in-order');
    await sink.open(bytes.byteLength);
    await sink.write(0, bytes, { signal });
    await sink.commit();
    expect(await reader).toBe('the new content');
    expect(await kindOfPath(at('fifo'))).toBe('fifo');
  });
});
