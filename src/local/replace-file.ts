import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { codeOf, diskError } from './disk-error.ts';

/**
 * Replaces a small text file at once: whoever reads it sees the old one or the new one, whole. Others may read it.
 * @throws TransferError `disk`
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  // In the same directory, since a rename does not cross file systems; and not with the end of a name that
  // collectors look for (*.prom).
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined); // what is told is why it could not be written
    throw diskError(`write ${path}`, error);
  }
}

/**
 * The text of a file; empty for one that is not there.
 * @throws TransferError `disk`
 */
export async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw diskError(`read ${path}`, error);
  }
}
