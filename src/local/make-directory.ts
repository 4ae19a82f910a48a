import { access, mkdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { codeOf, diskError } from './disk-error.ts';

/**
 * Makes a directory and those above it. Node's own way of doing so never ends where a directory can be made neither
 * above nor below (`/proc/x`: every attempt says that the parent is missing).
 * @throws TransferError `disk`
 */
export async function makeDirectories(path: string, mode = 0o777): Promise<void> {
  const missing: string[] = [];
  try {
    for (let at = resolve(path); !(await made(at, mode)); at = dirname(at)) {
      if (dirname(at) === at) break;
      missing.unshift(at);
    }
    for (const directory of missing) await mkdir(directory, { mode }).catch(ignoreExisting);
    // What stood there already may be anything.
    await access(path + sep);
  } catch (error) {
    throw diskError(`make the directory ${path}`, error);
  }
}

/** Whether it is there now; `false` when what it should be made in is not. */
async function made(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    ignoreExisting(error);
    return true;
  }
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}
