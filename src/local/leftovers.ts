import { lstat, readdir, unlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { TransferError } from '../transfer/errors.ts';
import { codeOf, diskError } from './disk-error.ts';
import { MAX_PAGE_BYTES, parsePage } from './journal-page.ts';
import { isLocked, takeLock } from './lock-file.ts';
import { PARTIAL_NAME } from './partial-name.ts';
import { isOwnUser } from './process-identity.ts';
import { readStateFile } from './state-file.ts';

/** Something a transfer left on this machine. */
export type Leftover = {
  readonly path: string;
  readonly kind: 'journal' | 'partial';
  readonly bytes: number;
  readonly lastActivity: Date;
  /** Taken while it is removed, so that no transfer takes it up meanwhile. */
  readonly lock: string | undefined;
};

/**
 * What transfers of this machine left: pages of the journal that no running process holds, the partial files they
 * name, and partial files in these very directories, not below them.
 * @throws TransferError `disk` for a directory that cannot be read
 */
export async function* findLeftovers(
  stateDirectory: string,
  directories: readonly string[],
): AsyncGenerator<Leftover> {
  const pages = join(stateDirectory, 'transfers');
  const names = await namesIn(pages).catch((error: unknown) => {
    if (error instanceof TransferError && error.code === 'ENOENT') return [];
    throw error;
  });
  const inUse = new Set<string>();
  const seen = new Set<string>();
  for (const name of names.filter((one) => one.endsWith('.jsonl'))) {
    const path = join(pages, name);
    const lock = `${path}.lock`;
    const partial = await partialOf(path);
    if (await isLocked(lock)) {
      if (partial) inUse.add(partial);
      continue;
    }
    // The partial file first: without its page nobody would find it again.
    const file = partial && (await leftoverAt(partial, 'partial', lock));
    if (file) {
      seen.add(file.path);
      yield file;
    }
    const page = await leftoverAt(path, 'journal', lock);
    // A page is as young as the bytes it tells of.
    if (page)
      yield file && file.lastActivity > page.lastActivity
        ? { ...page, lastActivity: file.lastActivity }
        : page;
  }
  for (const directory of directories) {
    for (const name of await namesIn(directory)) {
      const path = resolve(directory, name);
      if (!PARTIAL_NAME.test(name) || inUse.has(path) || seen.has(path)) continue;
      const file = await leftoverAt(path, 'partial', undefined);
      if (file) yield file;
    }
  }
}

/**
 * Removes a leftover that is still as it was found.
 * @returns `false` when it is in use, or changed meanwhile
 * @throws TransferError `disk`
 */
export async function removeLeftover(leftover: Leftover): Promise<boolean> {
  const lock = leftover.lock === undefined ? undefined : await taken(leftover.lock);
  if (lock === 'held') return false;
  try {
    const now = await leftoverAt(leftover.path, leftover.kind, leftover.lock);
    if (!now || now.lastActivity > leftover.lastActivity) return false;
    await unlink(leftover.path);
    return true;
  } catch (error) {
    throw diskError(`remove ${leftover.path}`, error);
  } finally {
    await lock?.release();
  }
}

async function taken(path: string): Promise<Awaited<ReturnType<typeof takeLock>> | 'held'> {
  try {
    return await takeLock(path, 'the transfer');
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'locked') return 'held';
    throw diskError(`lock ${path}`, error);
  }
}

/** The partial file that the page of a get names. */
async function partialOf(page: string): Promise<string | undefined> {
  try {
    const { reference } = parsePage(await readStateFile(page, MAX_PAGE_BYTES)).entry;
    return reference !== null && PARTIAL_NAME.test(basename(reference)) ? resolve(reference) : undefined;
  } catch {
    return undefined; // damaged, gone, of another version or user: it names nothing
  }
}

/** A regular file of this user; whatever else stands there is none of ours. */
async function leftoverAt(
  path: string,
  kind: Leftover['kind'],
  lock: string | undefined,
): Promise<Leftover | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile() || !isOwnUser(found.uid)) return undefined;
  return { path, kind, lock, bytes: found.size, lastActivity: found.mtime };
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    const failed = diskError(`read ${directory}`, error);
    throw new TransferError('disk', failed.message, { cause: error, code: codeOf(error) });
  }
}
