import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { platform } from 'node:os';
import { TransferError } from '../transfer/errors.ts';
import { isOwnUser } from './process-identity.ts';

/** Writable by the group or by others. */
const SHARED_MODE = 0o022;

/**
 * The text of a file in which this program remembers something. Only a regular file of this user that no other user may
 * write is believed; links are not followed, and a FIFO holds nothing up.
 * @throws TransferError `disk` for any other; the system's error, `ENOENT` included
 */
export async function readStateFile(path: string, maxBytes: number): Promise<string> {
  // Opening a device may already do something.
  refuseOther(path, await lstat(path));
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags);
  try {
    const stats = await file.stat();
    refuseOther(path, stats);
    if (stats.size > maxBytes) throw new TransferError('disk', `${path} is too large`);
    const bytes = Buffer.alloc(stats.size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
    return bytes.toString('utf8', 0, length);
  } finally {
    await file.close();
  }
}

type Owned = { isFile(): boolean; readonly uid: number; readonly mode: number };

/** @throws TransferError `disk` */
function refuseOther(path: string, found: Owned): void {
  if (!found.isFile()) throw new TransferError('disk', `${path} is no regular file`);
  const why = whyShared(found);
  if (why !== undefined) throw new TransferError('disk', `${path} ${why}`);
}

/** How other users can change a file or directory; `undefined` when they cannot, and on Windows. */
export function whyShared({
  uid,
  mode,
}: {
  readonly uid: number;
  readonly mode: number;
}): string | undefined {
  if (platform() === 'win32') return undefined;
  if (!isOwnUser(uid)) return 'belongs to another user';
  return (mode & SHARED_MODE) === 0 ? undefined : 'may be written by other users';
}
