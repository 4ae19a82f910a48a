import { randomBytes } from 'node:crypto';
import { link, rename, unlink, writeFile } from 'node:fs/promises';
import { TransferError } from '../transfer/errors.ts';
import { codeOf } from './disk-error.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { readStateFile } from './state-file.ts';

/** Held until released, or until this process ends. */
export type Lock = { release(): Promise<void> };

const TRIES = 3;
/** A number and a time. */
const MAX_LOCK_BYTES = 4096;

/**
 * Takes a lock file. One that a process left behind when it died is taken over.
 * @throws TransferError `locked` while another process holds it
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  // Written first and linked then: nobody ever sees a lock that does not say who holds it.
  const own = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(own, JSON.stringify(await ownIdentity()), { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (await linked(own, path)) return { release: () => remove(path) };
      await clearStale(path, what);
    }
  } finally {
    await remove(own);
  }
  throw new TransferError('locked', `${what} is already running`);
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead process's lock out of the way; one that was taken meanwhile is put back. */
async function clearStale(path: string, what: string): Promise<void> {
  await refuseRunning(path, what);
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    await refuseRunning(aside, what);
  } catch (error) {
    await linked(aside, path);
    throw error;
  } finally {
    await remove(aside);
  }
}

async function refuseRunning(path: string, what: string): Promise<void> {
  const holder = await holderOf(path);
  if (!holder || !(await isRunning(holder))) return;
  throw new TransferError('locked', `${what} is already running (process ${holder.pid})`, {
    hint: 'Wait for it, or end it.',
  });
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

/** Who holds a lock; `undefined` for a file that says nothing, or that another user may have written. */
async function holderOf(path: string): Promise<ProcessIdentity | undefined> {
  try {
    const held: unknown = JSON.parse(await readStateFile(path, MAX_LOCK_BYTES));
    if (typeof held !== 'object' || held === null || !('pid' in held) || typeof held.pid !== 'number')
      return undefined;
    const startedAt = 'startedAt' in held && typeof held.startedAt === 'string' ? held.startedAt : null;
    return { pid: held.pid, startedAt };
  } catch {
    return undefined; // gone, or of another user or program: it names no holder
  }
}

/** Whether a running process holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  return holder !== undefined && (await isRunning(holder));
}
