import { constants } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { throwIfAborted, TransferError } from '../transfer/errors.ts';
import type { Sink } from '../transfer/ends.ts';
import { createDisk, type Disk } from './disk.ts';
import { codeOf, diskError } from './disk-error.ts';
import { PARTIAL_NAME, partialName } from './partial-name.ts';
import { isOwnUser, usualFileMode } from './process-identity.ts';
import { takeName } from './take-name.ts';
import { type HeldDirectory, holdDirectory } from './tree.ts';

const READ_AGAIN_BYTES = 1024 ** 2;

export type FileSinkOptions = {
  /** What messages call it. @default its path */
  readonly name?: string | undefined;
  /** `false`: a file that stands there by the end is left as it is (`precondition`). @default true */
  readonly overwrite?: boolean | undefined;
  /** The directory it is in, held by the caller so far; the sink lets go of it. @default opened by its path */
  readonly directory?: HeldDirectory | undefined;
  /** How the file system is asked. @default as one that is not known yet */
  readonly disk?: Disk | undefined;
};

/**
 * A file that is at every instant the complete old or the complete new one: bytes go to a temporary file
 * beside it, which takes its name only when they are whole, verified and on the disk.
 */
export function fileSink(path: string, options: FileSinkOptions = {}): Sink {
  const name = basename(path);
  let temporary = partialName(name);
  const { disk = createDisk() } = options;
  let file: number | undefined;
  /** Whether no temporary file is there: not yet, or not any more. */
  let isNamed = true;
  let held = options.directory;

  /**
   * Everything is done in one directory, from the first look to the last name, whatever happens to its path. `isLast`:
   * the name is about to be taken, and must be found under the path; before, only a directory that is not pinned can be
   * another one.
   */
  const place = async (isLast = false): Promise<HeldDirectory> => {
    held ??= await holdDirectory(dirname(path), disk);
    if ((held.isPinned && !isLast) || (await held.isInPlace())) return held;
    throw new TransferError('disk', `cannot write ${path}: its directory was replaced by another`, {
      code: 'ESTALE',
      hint: 'Another program changes directories there; nothing was written.',
    });
  };
  const letGo = (): void => {
    held?.release();
    held = undefined;
  };
  const opened = (): number => {
    if (file === undefined) throw new Error('a sink that was not opened');
    return file;
  };
  return {
    name: options.name ?? path,
    order: 'any',
    async open(size) {
      const directory = await place().catch((error: unknown) =>
        Promise.reject(diskError(`create ${path}`, error)),
      );
      await refuseTarget(directory.at(name), path, disk);
      await checkSpace(directory.at(), size, path, disk);
      try {
        // O_EXCL never follows or reuses what somebody planted under the name; nobody else reads what is not yet
        // verified, or what replaces a file that they may not read.
        const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
        file = await disk.open(directory.at(temporary), flags, 0o600);
        isNamed = false;
      } catch (error) {
        throw diskError(`create ${path}`, error);
      }
    },
    async write(offset, bytes, { signal }) {
      try {
        for (let done = 0; done < bytes.byteLength; ) {
          throwIfAborted(signal);
          done += await disk.write(opened(), bytes.subarray(done), offset + done);
        }
      } catch (error) {
        throw diskError(`write ${path}`, error);
      }
    },
    async *reread({ signal, range = { start: 0, end: Number.POSITIVE_INFINITY } }) {
      const buffer = new Uint8Array(READ_AGAIN_BYTES);
      for (let offset = range.start; offset < range.end; ) {
        throwIfAborted(signal);
        const length = Math.min(buffer.byteLength, range.end - offset);
        const bytesRead = await disk.read(opened(), buffer.subarray(0, length), offset);
        if (bytesRead === 0) return;
        offset += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    async commit(attributes = {}) {
      try {
        const mode = attributes.mode ?? (await modeOf((await place()).at(name), disk)) ?? usualFileMode();
        await disk.chmod(opened(), mode);
        if (attributes.mtimeNs !== undefined) await setTime(opened(), attributes.mtimeNs, disk);
        await disk.sync(opened());
        const written = opened();
        // A descriptor is closed once: its number may be that of another file by now.
        file = undefined;
        isNamed = false;
        await disk.close(written);
        // It may have taken long until the bytes were on the disk.
        const directory = await place(true);
        await takeName(directory, temporary, name, options.overwrite ?? true, disk).catch((error: unknown) =>
          Promise.reject(asExisting(path, error)),
        );
        isNamed = true;
        await syncDirectory(directory.at(), disk);
        letGo();
      } catch (error) {
        throw diskError(`write ${path}`, error);
      }
    },
    async discard() {
      const abandoned = file;
      const wasNamed = isNamed;
      file = undefined;
      isNamed = true;
      try {
        if (wasNamed) return;
        if (abandoned !== undefined) await disk.close(abandoned);
        // In the directory it was made in, wherever that is by now.
        if (held) await remove(held.at(temporary), disk);
      } finally {
        letGo();
      }
    },
    partials: {
      identity: resolve(path),
      name: () => join(dirname(resolve(path)), temporary),
      async reopen(partial, size) {
        if (!isPartialOf(path, partial)) return false;
        const directory = await place();
        await refuseTarget(directory.at(name), path, disk);
        file = await reopenPartial(directory.at(basename(partial)), size, disk);
        if (file === undefined) return false;
        temporary = basename(partial);
        isNamed = false;
        return true;
      },
      async forget(partial) {
        if (!isPartialOf(path, partial)) return;
        const directory = await place();
        await disk.unlink(directory.at(basename(partial))).catch(() => undefined); // gone, or not ours to remove
      },
      async keep() {
        const kept = file;
        file = undefined;
        isNamed = true;
        letGo();
        if (kept !== undefined) await disk.close(kept);
      },
    },
  };
}

/** A journal could be made to name any file: only a partial beside this very target is touched. */
function isPartialOf(path: string, partial: string): boolean {
  return dirname(partial) === dirname(resolve(path)) && PARTIAL_NAME.test(basename(partial));
}

/** Opens what an earlier run kept: a regular file of this user, no larger than the object, reached by no link. */
async function reopenPartial(partial: string, size: number, disk: Disk): Promise<number | undefined> {
  const file = await disk
    .open(partial, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
    .catch(() => undefined);
  if (file === undefined) return undefined;
  const found = await disk.fstat(file);
  if (found.isFile() && found.nlink === 1n && isOwnUser(found.uid) && found.size <= BigInt(size)) return file;
  await disk.close(file);
  return undefined;
}

async function remove(path: string, disk: Disk): Promise<void> {
  await disk.unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw diskError(`remove ${path}`, error);
  });
}

/** Names the file as the user does. */
function asExisting(path: string, error: unknown): unknown {
  return error instanceof TransferError && error.kind === 'precondition'
    ? new TransferError('precondition', `${path} exists, and is left as it is`)
    : error;
}

/**
 * What may not be replaced, though the system would allow it: what is no file at all, and a file made read-only. `at` is
 * what the system takes for it.
 */
async function refuseTarget(at: string, path: string, disk: Disk): Promise<void> {
  const there = await disk.lstat(at).catch(() => undefined);
  if (there?.isDirectory())
    throw new TransferError('usage', `${path} is a directory`, {
      hint: 'End the target with a slash to write into it.',
    });
  if (!there || there.isSymbolicLink()) return;
  if (!there.isFile()) throw new TransferError('disk', `${path} is no regular file; it is left alone`);
  await disk
    .access(at, constants.W_OK)
    .catch((error: unknown) => Promise.reject(diskError(`replace ${path}`, error)));
}

/** Fails before the first byte when the file cannot fit; a file system that does not tell is tried. */
async function checkSpace(directory: string, size: number, path: string, disk: Disk): Promise<void> {
  const space = await disk.statfs(directory).catch(() => undefined);
  if (!space || space.blocks === 0n) return;
  const free = space.bavail * space.bsize;
  if (free >= BigInt(size)) return;
  throw new TransferError(
    'disk',
    `cannot write ${path}: no space left on the device: it needs ${BigInt(size) - free} more bytes`,
    {
      code: 'ENOSPC',
    },
  );
}

/** A regular file that is replaced hands its permission bits on; a symlink or nothing does not. */
async function modeOf(path: string, disk: Disk): Promise<number | undefined> {
  const replaced = await disk.lstat(path).catch(() => undefined);
  return replaced?.isFile() ? Number(replaced.mode) & 0o777 : undefined;
}

const NS_PER_SECOND = 1e9;

async function setTime(file: number, mtimeNs: bigint, disk: Disk): Promise<void> {
  const seconds = Number(mtimeNs) / NS_PER_SECOND;
  await disk.utimes(file, seconds, seconds);
}

/** Makes the new name durable. Directories cannot be synced everywhere (Windows, some network file systems). */
async function syncDirectory(directory: string, disk: Disk): Promise<void> {
  let handle: number | undefined;
  try {
    handle = await disk.open(directory, constants.O_RDONLY);
    await disk.sync(handle);
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    if (handle !== undefined) await disk.close(handle);
  }
}
