import { constants } from 'node:fs';
import { TransferError } from '../transfer/errors.ts';
import type { Directory } from './directory.ts';
import type { Disk } from './disk.ts';
import { codeOf } from './disk-error.ts';
import { claimName, isClaimTo } from './partial-name.ts';
import { isOwnUser } from './process-identity.ts';

/** Looks up and changes names; a directory that is held, or one that goes by its path. */
type Place = Pick<Directory, 'at'>;

/**
 * Gives a temporary file its name: over what stands there, or, without `overwrite`, only where nothing does, which no
 * other writer can undo. Where it fails, the temporary file still has its own.
 * @throws TransferError `precondition` where a file stands there; the system's error
 */
export async function takeName(
  place: Place,
  temporary: string,
  name: string,
  overwrite: boolean,
  disk: Disk,
): Promise<void> {
  if (overwrite) return await disk.rename(place.at(temporary), place.at(name));
  try {
    await disk.link(place.at(temporary), place.at(name));
  } catch (error) {
    // FAT, many network shares and some containers know no hard links, and say so in many ways.
    if (codeOf(error) !== 'EEXIST') return await takeByClaim(place, temporary, name, disk);
    if (!(await isAbandoned(place, name, disk))) throw asExisting(name, error);
    return await takeOver(place, temporary, name, disk);
  }
  await disk.unlink(place.at(temporary));
}

/**
 * Without hard links the name is claimed by an empty file, over which the bytes are renamed at once. A program that is
 * killed between the two leaves the empty file behind; the bytes are called a claim meanwhile, by which a later run
 * tells such a file from one that is meant to be empty.
 */
async function takeByClaim(place: Place, temporary: string, name: string, disk: Disk): Promise<void> {
  const claim = claimName(temporary);
  let isTakenOver = false;
  await disk.rename(place.at(temporary), place.at(claim));
  try {
    await makeEmpty(place.at(name), disk).catch(async (error: unknown) => {
      isTakenOver = codeOf(error) === 'EEXIST' && (await isAbandoned(place, name, disk, claim));
      if (!isTakenOver) throw asExisting(name, error);
    });
    try {
      await disk.rename(place.at(claim), place.at(name));
    } catch (error) {
      await disk.unlink(place.at(name));
      throw error;
    }
  } catch (error) {
    await disk.rename(place.at(claim), place.at(temporary));
    throw error;
  }
  if (isTakenOver) await removeClaims(place, name, disk);
}

async function makeEmpty(path: string, disk: Disk): Promise<void> {
  await disk.close(await disk.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
}

/** The name of an empty file that a program was killed over. */
async function takeOver(place: Place, temporary: string, name: string, disk: Disk): Promise<void> {
  await disk.rename(place.at(temporary), place.at(name));
  await removeClaims(place, name, disk);
}

/** Between claim and name there is one call: whoever lives has made it by then. */
const CLAIM_MS = 2_000;
const CLAIM_LOOKS = 20;

/** Whether a name is held by the empty file of a program that does not live any more. */
async function isAbandoned(place: Place, name: string, disk: Disk, own?: string): Promise<boolean> {
  for (let looks = 0; looks < CLAIM_LOOKS; looks++) {
    if (!(await isPlaceholder(place, name, disk, own))) return false;
    await new Promise((resolve) => setTimeout(resolve, CLAIM_MS / CLAIM_LOOKS));
  }
  return await isPlaceholder(place, name, disk, own);
}

/** Whether a file is but the sign that its name was to be taken: empty, of this user, and with a claim beside it. */
export async function isPlaceholder(place: Place, name: string, disk: Disk, own?: string): Promise<boolean> {
  const found = await disk.lstat(place.at(name)).catch(() => undefined);
  if (!found?.isFile() || found.size !== 0n || found.nlink !== 1n) return false;
  if (!isOwnUser(found.uid)) return false;
  return (await claimsOf(place, name, disk)).some((claim) => claim !== own);
}

async function claimsOf(place: Place, name: string, disk: Disk): Promise<string[]> {
  const names = await disk.readdir(place.at()).catch((): string[] => []); // what cannot be read has no claims
  return names.filter((file) => isClaimTo(name, file));
}

/** The bytes of programs that were killed before they had a name; what cannot be removed does no harm. */
async function removeClaims(place: Place, name: string, disk: Disk): Promise<void> {
  for (const claim of await claimsOf(place, name, disk))
    await disk.unlink(place.at(claim)).catch(() => undefined);
}

function asExisting(name: string, error: unknown): unknown {
  if (codeOf(error) !== 'EEXIST') return error;
  return new TransferError('precondition', `${name} exists, and is left as it is`);
}
