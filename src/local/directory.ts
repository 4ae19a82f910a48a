import { constants } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import type { Disk } from './disk.ts';

/** What tells one file or directory from another, while both exist. */
export type Identity = { readonly dev: bigint; readonly ino: bigint };

/**
 * A directory that is held open: names are looked up in this very one, whatever happens to its path meanwhile. Node has
 * no `openat`; on Linux `/proc/self/fd/N/name` is as good. Elsewhere names are looked up by path, and whoever depends
 * on it asks `isInPlace` afterwards.
 */
export type Directory = {
  /** Where it was found. */
  readonly path: string;
  readonly identity: Identity;
  /** What a call of the file system takes for a name in it; for itself without a name. */
  at(name?: string): string;
  /** Whether `at` leads into this directory whatever happens to its path. */
  readonly isPinned: boolean;
  /** Whether it still is what its path leads to. */
  isInPlace(): Promise<boolean>;
  /** Lets go of it; once. */
  close(): Promise<void>;
};

/** Linux, on every processor that Node runs on: a descriptor that needs no permission to read (open(2)). */
const O_PATH = 0o10000000;

/** Whether `/proc` is there and shows this process's own descriptors; asked once. */
let hasProc: Promise<boolean> | undefined;

/** For tests: goes by paths, as where there is no `/proc`. */
export type PinOption = { readonly canPin?: boolean | undefined };

/** The directory above, and the name in it. */
export type Within = { readonly parent: Directory; readonly name: string };

/**
 * Opens the directory at a path, or `within` another one that is held. `isLinkAllowed`: whether its name may be that of
 * a symbolic link.
 * @throws the system's error: `ENOTDIR` for what is none, a link that is not allowed included
 */
export async function openDirectory(
  path: string,
  disk: Disk,
  { isLinkAllowed, canPin = true }: PinOption & { readonly isLinkAllowed: boolean },
  within?: Within,
): Promise<Directory> {
  if (canPin && platform() === 'linux' && (await (hasProc ??= findProc(disk))))
    return await openPinned(within ? within.parent.at(within.name) : path, path, disk, isLinkAllowed);
  const identity = await identityOf(path, disk, isLinkAllowed);
  const isStill = async (): Promise<boolean> => {
    const now = await identityOf(path, disk, isLinkAllowed).catch(() => undefined);
    return now !== undefined && isSame(now, identity);
  };
  return {
    path,
    identity,
    isPinned: false,
    at: (name) => (name === undefined ? path : join(path, name)),
    isInPlace: async () => (await within?.parent.isInPlace()) !== false && (await isStill()),
    close: async () => undefined,
  };
}

/** `reach` is what the call of the file system takes for it. */
async function openPinned(
  reach: string,
  path: string,
  disk: Disk,
  isLinkAllowed: boolean,
): Promise<Directory> {
  const flags = O_PATH | constants.O_DIRECTORY | (isLinkAllowed ? 0 : constants.O_NOFOLLOW);
  const fd = await disk.open(reach, flags);
  try {
    const { dev, ino } = await disk.fstat(fd);
    const own = `/proc/self/fd/${fd}`;
    return {
      path,
      identity: { dev, ino },
      isPinned: true,
      at: (within) => (within === undefined ? own : `${own}/${within}`),
      async isInPlace() {
        const now = await disk.stat(path).catch(() => undefined);
        return now !== undefined && isSame(now, { dev, ino });
      },
      close: async () => await disk.close(fd),
    };
  } catch (error) {
    await disk.close(fd);
    throw error;
  }
}

async function identityOf(path: string, disk: Disk, isLinkAllowed: boolean): Promise<Identity> {
  const found = await (isLinkAllowed ? disk.stat(path) : disk.lstat(path));
  if (!found) throw Object.assign(new Error(`${path} does not exist`), { code: 'ENOENT' });
  if (!found.isDirectory()) throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR' });
  return { dev: found.dev, ino: found.ino };
}

/** A container may have no `/proc`, and a program with capabilities may not look at its own descriptors. */
async function findProc(disk: Disk): Promise<boolean> {
  const fd = await disk.open('/', O_PATH | constants.O_DIRECTORY);
  try {
    const [there, root] = [await disk.stat(`/proc/self/fd/${fd}/.`), await disk.fstat(fd)];
    return there !== undefined && isSame(there, root);
  } catch {
    return false; // not allowed to look there
  } finally {
    await disk.close(fd);
  }
}

/** Whether both are one. */
export function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}
