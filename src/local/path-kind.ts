import { readFile, stat } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Sink } from '../transfer/ports.ts';
import { codeOf, diskError } from './disk-error.ts';
import { fileSink } from './file-sink.ts';
import { streamSink } from './stream-sink.ts';

/** What stands at a path, symbolic links followed. */
export type PathKind = 'file' | 'directory' | 'fifo' | 'device' | 'socket' | 'missing';

/**
 * Looks at a path.
 * @throws TransferError `disk` when even looking is not allowed
 */
export async function kindOfPath(path: string): Promise<PathKind> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'directory';
    if (found.isFile()) return 'file';
    if (found.isFIFO()) return 'fifo';
    return found.isSocket() ? 'socket' : 'device';
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw diskError(`look at ${path}`, error);
  }
}

/** The place for the bytes of one object: a file that is replaced whole, or a FIFO or device written in order. */
export async function openTarget(path: string): Promise<Sink> {
  const kind = await kindOfPath(path);
  // Renaming a file over a device would replace the device.
  if (kind !== 'fifo' && kind !== 'device' && kind !== 'socket') return fileSink(path);
  const stream = createWriteStream(path, { flags: 'w' });
  const sink = streamSink(stream, path);
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.end((error?: Error | null) => (error ? reject(diskError(`write ${path}`, error)) : resolve()));
    });
  return {
    ...sink,
    commit: async () => {
      await sink.commit();
      await close();
    },
    discard: async () => void stream.destroy(),
  };
}

/** Makes a directory and those above it. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw diskError(`make the directory ${path}`, error);
  }
}

/**
 * Whether stdin was closed by the caller (`<&-`). Node opens the null device in its place, for reading and
 * writing; `</dev/null` is open for reading only. Only Linux tells the difference.
 */
export async function isStdinClosed(): Promise<boolean> {
  const info = await readFile('/proc/self/fdinfo/0', 'utf8').catch(() => '');
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
  const isNull = (await stat('/proc/self/fd/0').catch(() => undefined))?.isCharacterDevice() ?? false;
  const ACCESS_MODE = 0o3;
  const READ_WRITE = 0o2;
  return isNull && (flags & ACCESS_MODE) === READ_WRITE;
}
