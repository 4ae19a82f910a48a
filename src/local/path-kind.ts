import { constants } from 'node:fs';
import { lstat, open, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TransferError } from '../transfer/errors.ts';
import type { Sink } from '../transfer/ends.ts';
import { createDisk, type Disk } from './disk.ts';
import { codeOf, diskError } from './disk-error.ts';
import { fileSink, type FileSinkOptions } from './file-sink.ts';
import { isOwnUser } from './process-identity.ts';
import { streamSink } from './stream-sink.ts';
import { isPlaceholder } from './take-name.ts';
import { holdDirectory } from './tree.ts';

/** What stands at a path, symbolic links followed. */
export type PathKind = 'file' | 'directory' | 'fifo' | 'device' | 'socket' | 'missing';

/**
 * Looks at a path.
 * @throws TransferError `disk` when even looking is not allowed
 */
export async function kindOfPath(path: string, disk: Disk = createDisk()): Promise<PathKind> {
  try {
    const found = await disk.stat(path);
    if (!found) return 'missing';
    if (found.isDirectory()) return 'directory';
    if (found.isFile()) return 'file';
    if (found.isFIFO()) return 'fifo';
    return found.isSocket() ? 'socket' : 'device';
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return 'missing';
    throw diskError(`look at ${path}`, error);
  }
}

/** Where names are not files: a link or file there stands for something of the running system. */
const SYSTEM = /^\/(?:proc|sys|dev(?!\/shm(?:\/|$)))(?:\/|$)/;

/**
 * Refuses to make or replace files in /dev, /proc and /sys: renamed over, `/dev/stdout` would be an ordinary file from
 * then on, for every program of the system.
 * @throws TransferError `usage`
 */
export async function refuseSystemDirectory(directory: string): Promise<void> {
  let real: string | undefined;
  // What is yet to be made counts as what it will be made in.
  for (let at = resolve(directory); real === undefined && at !== dirname(at); at = dirname(at))
    real = await realpath(at).catch(() => undefined);
  if (real === undefined || !SYSTEM.test(real)) return;
  throw new TransferError('usage', `${directory} belongs to the system; no file is made there`, {
    hint: 'Write to stdout with -.',
  });
}

/** Whether a file only holds the name for a program that was killed before its bytes took it (`--no-overwrite`). */
export async function isAbandonedClaim(path: string, disk: Disk): Promise<boolean> {
  const directory = dirname(path);
  const at = (name?: string): string => (name === undefined ? directory : join(directory, name));
  return await isPlaceholder({ at }, basename(path), disk);
}

/**
 * The place for the bytes of one object: a file that is replaced whole, or a FIFO or device that the user named and
 * that is written in order. A symbolic link is never followed: one to a file is replaced, one to a device refused.
 * @throws TransferError `usage`, `disk`
 */
export async function openTarget(path: string, options: FileSinkOptions = {}): Promise<Sink> {
  const kind = await kindOfPath(path);
  if (kind === 'file' || kind === 'missing' || kind === 'directory') {
    await refuseSystemDirectory(dirname(path));
    // From now on, not from when the server has answered.
    const directory = await holdDirectory(dirname(path), options.disk ?? createDisk()).catch(
      (error: unknown) => Promise.reject(diskError(`create ${path}`, error)),
    );
    return fileSink(path, { ...options, directory });
  }
  if (await isLink(path)) {
    throw new TransferError('usage', `${path} is a symbolic link to a ${kind}`, {
      hint: 'Name the thing itself, or write to stdout with -.',
    });
  }
  // Renaming a file over a device would replace the device.
  if (kind === 'socket') throw new TransferError('disk', `${path} is a socket; nothing can be written to it`);
  return await deviceSink(path);
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path)).isSymbolicLink();
}

/** @throws TransferError `disk` for a FIFO of another user: the bytes would be theirs, and called fetched */
async function deviceSink(path: string): Promise<Sink> {
  // Whatever stands there by now: nothing is made, cut or followed.
  const flags = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);
  const file = await open(path, flags).catch((error: unknown) =>
    Promise.reject(diskError(`open ${path}`, error)),
  );
  const found = await file.stat();
  const isForeign = found.isFIFO() && !isOwnUser(found.uid) && found.uid !== 0;
  if (isForeign || found.isFile()) {
    await file.close();
    const why = isForeign ? 'is a FIFO of another user' : 'is another file by now';
    throw new TransferError('disk', `${path} ${why}; nothing was written to it`);
  }
  const stream = file.createWriteStream();
  const sink = streamSink(stream, path);
  return {
    ...sink,
    commit: async () => {
      await sink.commit();
      await new Promise<void>((resolve, reject) => {
        stream.end((error?: Error | null) => (error ? reject(diskError(`write ${path}`, error)) : resolve()));
      });
    },
    discard: async () => void stream.destroy(),
  };
}

/**
 * Whether stdin (0) or stdout (1) was closed by the caller (`<&-`, `>&-`). Node opens the null device in its place,
 * for reading and writing; `</dev/null` is open for reading only. Only Linux tells the difference.
 */
export async function isClosed(descriptor: 0 | 1): Promise<boolean> {
  const info = await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8').catch(() => '');
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
  const isNull =
    (await stat(`/proc/self/fd/${descriptor}`).catch(() => undefined))?.isCharacterDevice() ?? false;
  const ACCESS_MODE = 0o3;
  const READ_WRITE = 0o2;
  return isNull && (flags & ACCESS_MODE) === READ_WRITE;
}
