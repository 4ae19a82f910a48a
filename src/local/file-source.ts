import { type BigIntStats, constants, createReadStream } from 'node:fs';
import { throwIfAborted, TransferError } from '../transfer/errors.ts';
import type { FileAttributes } from '../transfer/file-attributes.ts';
import type { Source, StreamSource } from '../transfer/ends.ts';
import { readSummed } from '../transfer/read-summed.ts';
import { createDisk, type Disk } from './disk.ts';
import { codeOf, diskError } from './disk-error.ts';
import { hasher } from './hash.ts';
import type { ReadThreads } from './read-threads.ts';
import { streamSource } from './memory.ts';
import type { Tree } from './tree.ts';

/** A source that also knows what its file is beside its bytes. */
export type FileSource = Source & {
  readonly attributes: FileAttributes;
  /** Its bytes as they come, where its size says nothing of them: files of procfs and sysfs, and of some FUSE. */
  readonly unsized?: (() => StreamSource) | undefined;
};

export type OpenFileOptions = {
  /** Read and sum a large file. @default whoever asks waits for Node's own reading, and sums */
  readonly threads?: ReadThreads | undefined;
  /** Where a walk found it: then it is reached from there, and neither it nor a directory above may be a link by now. */
  readonly within?: { readonly tree: Tree; readonly relative: string } | undefined;
  /** How the file system is asked. @default as one that is not known yet */
  readonly disk?: Disk | undefined;
};

/** A thread costs 30 ms and 10 MiB (measured): below this it brings less. */
const WORTH_A_THREAD_BYTES = 64 * 1024 ** 2;

/**
 * Opens a regular file once; all parts are read from this one descriptor, so a file that is renamed or
 * deleted meanwhile is still read as it was.
 * @throws TransferError `not-found`, `usage` for anything but a regular file, `disk`; with code `ELOOP` for a symbolic
 * link within a tree
 */
export async function openFile(path: string, options: OpenFileOptions = {}): Promise<FileSource> {
  const { threads, disk = createDisk() } = options;
  const fd = await openQuietly(path, disk, options.within);
  try {
    const opened = await disk.fstat(fd);
    if (!opened.isFile())
      throw new TransferError('usage', `${path} is ${kindOf(opened)}, not a regular file`);
    const source = sourceOf(path, fd, opened, disk);
    if (await isSizeWrong(fd, opened.size, disk)) {
      const readable = (): StreamSource =>
        streamSource(createReadStream(path, { fd, autoClose: false, start: 0 }), path);
      return { ...source, unsized: readable };
    }
    if (!threads || source.size < WORTH_A_THREAD_BYTES) return source;
    return { ...source, readSummed: summingRead(source, fd, threads) };
  } catch (error) {
    await disk.close(fd);
    throw error;
  }
}

/** What sysfs says of every file: the size of a page of memory. */
const PAGE_BYTES = 4096;

/**
 * Whether a file has more bytes than none, or fewer than a page, as it claims: some are made while they are read, and
 * have no size before. Other wrong sizes show when the file is read.
 */
async function isSizeWrong(fd: number, size: bigint, disk: Disk): Promise<boolean> {
  if (size !== 0n && size !== BigInt(PAGE_BYTES)) return false;
  try {
    const count = await disk.read(fd, new Uint8Array(size === 0n ? 1 : PAGE_BYTES), 0);
    return size === 0n ? count > 0 : count < PAGE_BYTES;
  } catch {
    return false; // whoever reads it next is told why
  }
}

async function openQuietly(path: string, disk: Disk, within: OpenFileOptions['within']): Promise<number> {
  // O_NONBLOCK: opening a FIFO by mistake must not wait for its writer.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  try {
    return await (within ? within.tree.openFile(within.relative, flags) : disk.open(path, flags));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw new TransferError('not-found', `${path} does not exist`, { cause: error, code: 'ENOENT' });
    }
    // Opening a socket or a device without a driver.
    if (codeOf(error) === 'ENXIO')
      throw new TransferError('usage', `${path} is not a regular file`, { cause: error });
    throw diskError(`open ${path}`, error);
  }
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function sourceOf(path: string, fd: number, opened: BigIntStats, disk: Disk): FileSource {
  return {
    name: path,
    // Only asked for files that are cut into parts: it takes a call for each directory above.
    identity: () => disk.realpath(path),
    size: Number(opened.size),
    attributes: { mtimeNs: opened.mtimeNs, mode: Number(opened.mode) },
    async read(start, into, { signal }) {
      for (let done = 0; done < into.byteLength; ) {
        throwIfAborted(signal);
        const count = await disk
          .read(fd, into.subarray(done), start + done)
          .catch((error: unknown) => Promise.reject(diskError(`read ${path}`, error)));
        if (count === 0) throw becameShorter(path);
        done += count;
      }
    },
    async isSame() {
      const now = await disk.fstat(fd);
      if (!isUnchanged(opened, now)) return false;
      // A size that is too small is no change that its times would show.
      if ((await disk.read(fd, new Uint8Array(1), Number(opened.size))) > 0) return false;
      // Another file may have taken the name by now; one that was deleted is still the one that was opened.
      const named = await disk.stat(path).catch(() => undefined);
      return named === undefined || (named.ino === opened.ino && named.dev === opened.dev);
    },
    close: () => disk.close(fd),
  };
}

/** Reads in a thread where there is one, else like any other source. */
function summingRead(source: Source, fd: number, threads: ReadThreads): NonNullable<Source['readSummed']> {
  return async (start, into, algorithms, { signal }) => {
    const outcome = await threads.read({ fd, start, into, algorithms }, signal);
    switch (outcome?.type) {
      case 'read':
        return outcome.sums;
      case 'short':
        throw becameShorter(source.name);
      case 'failed':
        throw diskError(
          `read ${source.name}`,
          Object.assign(new Error(outcome.message), { code: outcome.code }),
        );
      case undefined:
        return await readSummed({ hasher }, source, start, into, algorithms, signal);
    }
  };
}

function becameShorter(path: string): TransferError {
  return new TransferError('changed', `${path} became shorter while it was read; nothing was stored`);
}

/**
 * Device, inode, size and times in nanoseconds. The change time is left out when only the link count moved:
 * deleting or linking the file changes no byte of it.
 */
function isUnchanged(before: BigIntStats, now: BigIntStats): boolean {
  const sameBytes =
    before.dev === now.dev &&
    before.ino === now.ino &&
    before.size === now.size &&
    before.mtimeNs === now.mtimeNs;
  return sameBytes && (before.ctimeNs === now.ctimeNs || before.nlink !== now.nlink);
}

/** A FIFO: read once, in order, when its writer comes. */
export function openFifo(path: string): StreamSource {
  return streamSource(createReadStream(path), path);
}
