import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rename, unlink } from 'node:fs/promises';
import { platform, userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { throwIfAborted, TransferError } from '../transfer/errors.ts';
import type { Sink } from '../transfer/ends.ts';
import { createDisk, type Disk } from './disk.ts';
import { codeOf, diskError } from './disk-error.ts';
import { usualFileMode } from './process-identity.ts';

const READ_AGAIN_BYTES = 1024 ** 2;
const MAX_NAME_BYTES = 255;

export type FileSinkOptions = {
  /** What messages call it. @default its path */
  readonly name?: string | undefined;
  /** `false`: a file that stands there by the end is left as it is (`precondition`). @default true */
  readonly overwrite?: boolean | undefined;
  /** How the file system is asked. @default as one that is not known yet */
  readonly disk?: Disk | undefined;
};

/**
 * A file that is at every instant the complete old or the complete new one: bytes go to a temporary file
 * beside it, which takes its name only when they are whole, verified and on the disk.
 */
export function fileSink(path: string, options: FileSinkOptions = {}): Sink {
  const directory = dirname(path);
  let temporary = join(directory, temporaryName(basename(path)));
  const { disk = createDisk() } = options;
  let file: number | undefined;
  /** Whether no temporary file is there: not yet, or not any more. */
  let isNamed = true;

  const opened = (): number => {
    if (file === undefined) throw new Error('a sink that was not opened');
    return file;
  };
  return {
    name: options.name ?? path,
    order: 'any',
    async open(size) {
      await refuseTarget(path, disk);
      await checkSpace(directory, size, path, disk);
      try {
        // O_EXCL never follows or reuses what somebody planted under the name; nobody else reads what is not yet
        // verified, or what replaces a file that they may not read.
        file = await disk.open(temporary, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
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
        await disk.chmod(opened(), attributes.mode ?? (await modeOf(path, disk)) ?? usualFileMode());
        if (attributes.mtimeNs !== undefined) await setTime(opened(), attributes.mtimeNs, disk);
        await disk.sync(opened());
        const written = opened();
        // A descriptor is closed once: its number may be that of another file by now.
        file = undefined;
        isNamed = false;
        await disk.close(written);
        await takeName(temporary, path, options.overwrite ?? true, disk);
        isNamed = true;
        await syncDirectory(directory, disk);
      } catch (error) {
        throw diskError(`write ${path}`, error);
      }
    },
    async discard() {
      if (isNamed) return;
      const abandoned = file;
      file = undefined;
      isNamed = true;
      if (abandoned !== undefined) await disk.close(abandoned);
      await unlink(temporary).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw diskError(`remove ${temporary}`, error);
      });
    },
    partials: {
      identity: resolve(path),
      name: () => resolve(temporary),
      async reopen(partial, size) {
        if (!isPartialOf(path, partial)) return false;
        await refuseTarget(path, disk);
        file = await reopenPartial(partial, size, disk);
        if (file === undefined) return false;
        temporary = partial;
        isNamed = false;
        return true;
      },
      async forget(partial) {
        if (isPartialOf(path, partial)) await unlink(partial).catch(() => undefined); // gone, or not ours to remove
      },
      async keep() {
        const kept = file;
        file = undefined;
        isNamed = true;
        if (kept !== undefined) await disk.close(kept);
      },
    },
  };
}

/** A journal could be made to name any file: only a partial beside this very target is touched. */
function isPartialOf(path: string, partial: string): boolean {
  return dirname(partial) === dirname(resolve(path)) && /^\..*\.[0-9a-f]{8}\.part$/s.test(basename(partial));
}

/** Opens what an earlier run kept: a regular file of this user, no larger than the object, reached by no link. */
async function reopenPartial(partial: string, size: number, disk: Disk): Promise<number | undefined> {
  const file = await disk
    .open(partial, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
    .catch(() => undefined);
  if (file === undefined) return undefined;
  const found = await disk.fstat(file);
  const isOwn = platform() === 'win32' || Number(found.uid) === userInfo().uid;
  if (found.isFile() && found.nlink === 1n && isOwn && found.size <= BigInt(size)) return file;
  await disk.close(file);
  return undefined;
}

/** `.<name>.<8 hex>.part`, the name cut so that the whole fits what file systems allow. */
function temporaryName(name: string): string {
  const suffix = `.${randomUUID().slice(0, 8)}.part`;
  // A cut through a character would leave bytes that are no name on some file systems.
  const kept = Buffer.from(name)
    .subarray(0, MAX_NAME_BYTES - suffix.length - 1)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `.${kept}${suffix}`;
}

/** What may not be replaced, though the system would allow it: what is no file at all, and a file made read-only. */
async function refuseTarget(path: string, disk: Disk): Promise<void> {
  const there = await disk.lstat(path).catch(() => undefined);
  if (there?.isDirectory())
    throw new TransferError('usage', `${path} is a directory`, {
      hint: 'End the target with a slash to write into it.',
    });
  if (!there || there.isSymbolicLink()) return;
  if (!there.isFile()) throw new TransferError('disk', `${path} is no regular file; it is left alone`);
  await disk
    .access(path, constants.W_OK)
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
  return replaced?.isFile() ? replaced.mode & 0o777 : undefined;
}

/** Gives the bytes their name: over what stands there, or only where nothing does, which no other writer can undo. */
async function takeName(temporary: string, path: string, overwrite: boolean, disk: Disk): Promise<void> {
  if (overwrite) return await disk.rename(temporary, path);
  try {
    await link(temporary, path);
    await unlink(temporary);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error) ?? '')) throw asExisting(path, error);
    // The name is taken by an empty file first: nobody else can take it then.
    const placeholder = await open(path, 'wx').catch((taken: unknown) =>
      Promise.reject(asExisting(path, taken)),
    );
    await placeholder.close();
    await rename(temporary, path);
  }
}

/** What file systems without hard links say (FAT, many network shares). */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function asExisting(path: string, error: unknown): unknown {
  if (codeOf(error) !== 'EEXIST') return error;
  return new TransferError('precondition', `${path} exists, and is left as it is`);
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
