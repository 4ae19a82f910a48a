import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, lstat, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Journal,
  JournalEntry,
  JournalPage,
  RememberedPart,
  RememberedTransfer,
} from '../transfer/journal.ts';
import { codeOf, diskError } from './disk-error.ts';
import { isLocked, takeLock } from './lock-file.ts';
import { makeDirectories } from './make-directory.ts';
import { MAX_PAGE_BYTES, parsePage, printHead, printPart } from './journal-page.ts';
import { readStateFile, whyShared } from './state-file.ts';

export type FileJournalOptions = {
  /** Told once about pages that are not believed. */
  readonly onWarning: (sentence: string) => void;
};

/**
 * A journal in a directory: one page a transfer, as lines of JSON, with a lock beside it. Only this user may read or
 * write it; a page that others could have written is not believed.
 */
export function fileJournal(directory: string, { onWarning }: FileJournalOptions): Journal {
  const pages = join(directory, 'transfers');
  return {
    async open(transfer) {
      await makeDirectories(pages, 0o700);
      const name = createHash('sha256')
        .update(JSON.stringify([transfer.direction, transfer.endpoint, transfer.object, transfer.local]))
        .digest('hex');
      const path = join(pages, `${name}.jsonl`);
      const lock = await takeLock(`${path}.lock`, describe(transfer)).catch(cannotRemember(path));
      try {
        const remembered = await readPage(path, onWarning);
        return pageOf(path, transfer, remembered, lock.release);
      } catch (error) {
        await lock.release();
        throw error;
      }
    },
  };
}

function describe({ direction, object, local }: RememberedTransfer): string {
  return direction === 'put' ? `a put of ${local} to ${object}` : `a get of ${object} to ${local}`;
}

function pageOf(
  path: string,
  transfer: RememberedTransfer,
  remembered: { readonly entry: JournalEntry; readonly parts: readonly RememberedPart[] } | undefined,
  unlock: () => Promise<void>,
): JournalPage {
  let lines: FileHandle | undefined;
  const close = async (): Promise<void> => {
    await lines?.close();
    lines = undefined;
  };
  return {
    entry: remembered?.entry,
    parts: remembered?.parts ?? [],
    async save(entry) {
      await close();
      lines = await replace(path, printHead(transfer, entry)).catch(cannotRemember(path));
    },
    async addPart(part) {
      await lines?.write(printPart(part)).catch(cannotRemember(path));
    },
    async remove() {
      await close();
      await unlinkQuietly(path);
    },
    async release() {
      await close();
      await unlock();
    },
  };
}

/** A disk that is full, or too many open files, is no fault of the program. */
function cannotRemember(path: string): (error: unknown) => never {
  return (error) => {
    throw diskError(`remember the transfer in ${path}`, error);
  };
}

/** Writes a page anew and puts it in place at once; a link that stands there is replaced, not followed. */
async function replace(path: string, text: string): Promise<FileHandle> {
  // Whoever holds the lock is alone: what is there by this name is from a run that was killed.
  const temporary = `${path}.new`;
  await unlinkQuietly(temporary);
  const file = await open(
    temporary,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND,
    0o600,
  );
  try {
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
    return file;
  } catch (error) {
    await file.close();
    await unlinkQuietly(temporary);
    throw error;
  }
}

async function unlinkQuietly(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function readPage(path: string, onWarning: (sentence: string) => void): ReturnType<typeof believe> {
  try {
    return await believe(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    onWarning(
      `what was remembered of an earlier run is not believed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

async function believe(path: string): Promise<ReturnType<typeof parsePage> | undefined> {
  return parsePage(await readStateFile(path, MAX_PAGE_BYTES));
}

/**
 * Why this machine can remember nothing there; `undefined` when it can. A directory that other users may write is not
 * used: what they put there would be taken for what an earlier run knew.
 */
export async function whyNotUsed(directory: string): Promise<string | undefined> {
  const pages = join(directory, 'transfers');
  try {
    await makeDirectories(pages, 0o700);
    for (const [path, found] of [
      [directory, await stat(directory)],
      [pages, await lstat(pages)],
    ] as const) {
      const why = found.isDirectory() ? whyShared(found) : 'is no directory';
      if (why !== undefined) return `${path} ${why}`;
    }
    await access(pages, constants.W_OK);
    return undefined;
  } catch (error) {
    return diskError(`write to ${pages}`, error).message;
  }
}

/** The ids of the uploads that running processes of this machine work on. */
export async function ownedUploads(directory: string): Promise<ReadonlySet<string>> {
  const pages = join(directory, 'transfers');
  const names = await readdir(pages).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw diskError(`read ${pages}`, error);
  });
  const owned = new Set<string>();
  for (const name of names.filter((one) => one.endsWith('.jsonl'))) {
    const path = join(pages, name);
    if (!(await isLocked(`${path}.lock`))) continue;
    const reference = (await readPage(path, () => undefined))?.entry.reference;
    if (reference) owned.add(reference);
  }
  return owned;
}
