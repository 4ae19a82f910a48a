import * as fs from 'node:fs';
import * as later from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf } from './disk-error.ts';
import { createTemper, type Temper } from './temper.ts';

/**
 * The short calls of the file system that every file takes. They are made at once, in this very thread, where the
 * file system answers quickly: waking another thread costs 130 µs (measured), more than the call. One that turns out
 * to be slow, a network share or a sleeping disk, is asked from other threads from then on, so that nothing else waits
 * for it.
 */
export type Disk = ReturnType<typeof createDisk>;

/** More is read by other threads, while this one does something else: it may have to come from the medium. */
const SHORT_READ_BYTES = 64 * 1024;
/**
 * More is written by other threads. For small objects the page cache takes less time than it takes to wake a thread; what
 * a fast connection hands on is four times as much, and this thread had better read meanwhile (measured: a quarter of
 * the wall time of a fetch, at the same CPU).
 */
const SHORT_WRITE_BYTES = 512 * 1024;

const bigint = { bigint: true } as const;
const byDescriptor = {
  fstat: promisify(fs.fstat),
  chmod: promisify(fs.fchmod),
  utimes: promisify(fs.futimes),
  sync: promisify(fs.fsync),
  close: promisify(fs.close),
  open: promisify(fs.open),
  read: promisify(fs.read),
  write: promisify(fs.write),
};

/** A file system that counts as quick until it was slow three times. */
export function createDisk(now: () => number = () => performance.now()) {
  const ask = createTemper(now);
  // To write a file through to its medium is slow on many that are quick otherwise.
  const flush = createTemper(now);
  return {
    open: either(
      ask,
      (path: string, flags: number, mode?: number) => fs.openSync(path, flags, mode),
      byDescriptor.open,
    ),
    fstat: either(
      ask,
      (fd: number) => fs.fstatSync(fd, bigint),
      (fd) => byDescriptor.fstat(fd, bigint),
    ),
    /** `undefined` for what is not there: an error costs more than the call, and every fetch asks for what is not there. */
    stat: either(
      ask,
      (path: string): fs.BigIntStats | undefined => fs.statSync(path, { ...bigint, throwIfNoEntry: false }),
      (path) => orMissing(later.stat(path, bigint)),
    ),
    /** `undefined` for what is not there. */
    lstat: either(
      ask,
      (path: string): fs.BigIntStats | undefined => fs.lstatSync(path, { ...bigint, throwIfNoEntry: false }),
      (path) => orMissing(later.lstat(path, bigint)),
    ),
    realpath: either(
      ask,
      (path: string) => fs.realpathSync.native(path),
      (path) => later.realpath(path),
    ),
    access: either(ask, (path: string, mode: number) => fs.accessSync(path, mode), later.access),
    statfs: either(
      ask,
      (path: string) => fs.statfsSync(path, bigint),
      (path) => later.statfs(path, bigint),
    ),
    mkdir: either(
      ask,
      (path: string) => fs.mkdirSync(path),
      (path) => later.mkdir(path),
    ),
    readdir: either(
      ask,
      (path: string) => fs.readdirSync(path),
      (path) => later.readdir(path),
    ),
    link: either(ask, fs.linkSync, later.link),
    rename: either(ask, fs.renameSync, later.rename),
    unlink: either(ask, fs.unlinkSync, later.unlink),
    chmod: either(ask, fs.fchmodSync, byDescriptor.chmod),
    utimes: either(ask, fs.futimesSync, byDescriptor.utimes),
    close: either(ask, fs.closeSync, byDescriptor.close),
    /** Until the bytes are on the medium. */
    sync: either(flush, fs.fsyncSync, byDescriptor.sync),
    /** Up to as many bytes as `into` has; 0 at the end of the file. */
    async read(fd: number, into: Uint8Array, position: number): Promise<number> {
      const slowly = async (): Promise<number> =>
        (await byDescriptor.read(fd, into, 0, into.byteLength, position)).bytesRead;
      if (into.byteLength > SHORT_READ_BYTES) return await slowly();
      return await ask(() => fs.readSync(fd, into, 0, into.byteLength, position), slowly);
    },
    /** As many of the bytes as the system takes. */
    async write(fd: number, bytes: Uint8Array, position: number): Promise<number> {
      const slowly = async (): Promise<number> =>
        (await byDescriptor.write(fd, bytes, 0, bytes.byteLength, position)).bytesWritten;
      if (bytes.byteLength > SHORT_WRITE_BYTES) return await slowly();
      return await ask(() => fs.writeSync(fd, bytes, 0, bytes.byteLength, position), slowly);
    },
  };
}

/** `undefined` for what is not there. */
async function orMissing<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** One call in both of its forms. */
function either<Given extends unknown[], Result>(
  temper: Temper,
  atOnce: (...given: Given) => Result,
  slowly: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return (...given) =>
    temper(
      () => atOnce(...given),
      () => slowly(...given),
    );
}
