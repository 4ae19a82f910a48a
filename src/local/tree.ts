import { constants } from 'node:fs';
import { join, sep } from 'node:path';
import { type Directory, isSame, openDirectory, type PinOption } from './directory.ts';
import type { Disk } from './disk.ts';
import { codeOf, diskError } from './disk-error.ts';

/**
 * A directory and what lies below it, reached name by name and never through a symbolic link: also not through one that
 * took the place of a directory after it was looked at.
 */
export type Tree = {
  /** Without links. */
  readonly path: string;
  /**
   * Holds the directory of these names below the root, until it is released.
   * @throws NotEnteredError
   */
  enter(names: readonly string[], options?: { readonly make?: boolean }): Promise<HeldDirectory>;
  /**
   * Opens a file below the root.
   * @throws NotEnteredError, or the system's error: `ELOOP` for a symbolic link
   */
  openFile(relative: string, flags: number): Promise<number>;
  close(): Promise<void>;
};

export type HeldDirectory = Omit<Directory, 'close'> & {
  /** Lets go of it; calling it again does nothing. */
  release(): void;
};

/** A directory could not be entered: `ELOOP` for a symbolic link, `ENOTDIR` for a file, `ENOENT`, `EACCES` … */
export class NotEnteredError extends Error {
  override readonly name = 'NotEnteredError';
  readonly code: string | undefined;
  /** How many of the names were entered before. */
  readonly depth: number;
  /** What the call of the file system takes for it. */
  readonly at: string;

  constructor(cause: unknown, code: string | undefined, depth: number, at: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.code = code;
    this.depth = depth;
    this.at = at;
  }
}

/** Directories that stay open though nothing happens in them: files come one directory after the other. */
const KEPT_OPEN = 8;

type Entry = { readonly opening: Promise<Directory>; users: number };

/**
 * Opens the tree below a directory, which may be reached by links itself: whoever named it meant it.
 * @throws TransferError `disk`
 */
export async function openTree(root: string, disk: Disk, options: PinOption = {}): Promise<Tree> {
  const top = await openTop(root, disk, options).catch((error: unknown) =>
    Promise.reject(diskError(`open ${root}`, error)),
  );
  const open = new Map<string, Entry>();
  let isClosed = false;

  /** Closes those that were used longest ago. */
  const tidy = (): void => {
    let idle = open.size;
    for (const { users } of open.values()) if (users > 0) idle--;
    for (const [key, { users, opening }] of open) {
      if (idle <= (isClosed ? 0 : KEPT_OPEN)) return;
      if (users > 0) continue;
      idle--;
      open.delete(key);
      void opening.then((directory) => directory.close()).catch(() => undefined); // it could not be opened, or was closed
    }
  };
  const openChild = async (names: readonly string[], make: boolean): Promise<Directory> => {
    const parent = await hold(names.slice(0, -1), make);
    const name = names.at(-1) ?? '';
    try {
      if (make) await makeIfMissing(parent.at(name), disk);
      const within = { parent: parent.directory, name };
      return await openDirectory(join(parent.path, name), disk, { ...options, isLinkAllowed: false }, within);
    } catch (error) {
      const at = parent.at(name);
      const isLink = (await disk.lstat(at).catch(() => undefined))?.isSymbolicLink() === true;
      throw new NotEnteredError(error, isLink ? 'ELOOP' : codeOf(error), names.length - 1, at);
    } finally {
      parent.release();
    }
  };
  const hold = async (
    names: readonly string[],
    make: boolean,
  ): Promise<HeldDirectory & { readonly directory: Directory }> => {
    if (names.length === 0) return { ...top, directory: top, release: () => undefined };
    const key = names.join(sep);
    const entry = open.get(key) ?? { opening: openChild(names, make), users: 0 };
    // The last ones used are the last ones closed.
    open.delete(key);
    open.set(key, entry);
    entry.users++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      entry.users--;
      tidy();
    };
    try {
      const directory = await entry.opening;
      return { ...directory, directory, release };
    } catch (error) {
      if (open.get(key) === entry) open.delete(key);
      throw error;
    }
  };

  return {
    path: top.path,
    enter: async (names, { make = false } = {}) => await hold(names, make),
    async openFile(relative, flags) {
      const names = relative.split(sep);
      const name = names.pop() ?? '';
      const directory = await hold(names, false);
      try {
        const fd = await disk.open(directory.at(name), flags | (constants.O_NOFOLLOW ?? 0));
        if (directory.isPinned) return fd;
        // Where only the path leads there, it must lead to the same file without a link on the way.
        const [opened, named] = [await disk.fstat(fd), await disk.lstat(directory.at(name))];
        if (named && isSame(opened, named) && (await directory.isInPlace())) return fd;
        await disk.close(fd);
        throw Object.assign(new Error(`${directory.at(name)} is a symbolic link`), { code: 'ELOOP' });
      } finally {
        directory.release();
      }
    },
    async close() {
      isClosed = true;
      tidy();
      await top.close();
    },
  };
}

async function openTop(root: string, disk: Disk, options: PinOption): Promise<Directory> {
  return await openDirectory(await disk.realpath(root), disk, { ...options, isLinkAllowed: true });
}

/**
 * Holds the directory at a path that was named, by links or not, from now on.
 * @throws the system's error
 */
export async function holdDirectory(path: string, disk: Disk): Promise<HeldDirectory> {
  const directory = await openDirectory(path, disk, { isLinkAllowed: true });
  let isHeld = true;
  const release = (): void => {
    if (!isHeld) return;
    isHeld = false;
    void directory.close();
  };
  return { ...directory, release };
}

/** Another lane may make it at the same moment: what counts is what stands there afterwards. */
async function makeIfMissing(path: string, disk: Disk): Promise<void> {
  if (await disk.lstat(path)) return;
  await disk.mkdir(path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}
