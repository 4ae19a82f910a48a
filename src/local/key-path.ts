import type { Stats } from 'node:fs';
import { platform as currentPlatform } from 'node:os';
import { join, sep } from 'node:path';
import { createDisk, type Disk } from './disk.ts';
import { codeOf } from './disk-error.ts';

/** Why no file may be made of a key, in words that finish "refused: ". */
export const REFUSALS = {
  empty: 'the name is empty',
  absolute: 'the name begins with a slash',
  'empty-segment': 'the name has an empty segment (//)',
  'dot-segment': 'the name has a segment . or ..',
  nul: 'the name has a NUL character',
  unicode: 'the name is not valid Unicode',
  'too-long': 'a segment of the name is longer than 255 bytes',
  'windows-character':
    'Windows allows no backslash, colon or control character, and none of <>"|?*, in a name',
  'windows-name': 'Windows reserves this name, or would drop the dot or space at its end',
  'symlink-outside': 'a symbolic link on the way leads out of the target directory',
  'not-a-directory': 'a part of the name is a file here',
  'is-a-directory': 'a directory of this name is here',
} as const satisfies Readonly<Record<string, string>>;

export type Refusal = keyof typeof REFUSALS;
export type Refused = { readonly refused: Refusal };

/** A path relative to the target directory; with a separator at its end it is a directory. */
export type KeyPath = { readonly path: string; readonly directory: boolean };

const LONGEST_NAME_BYTES = 255;
const WINDOWS_CHARACTERS = /[\\:<>"|?*\p{Cc}]/u;
/** Also with an extension: `nul.txt` is the device too. */
const WINDOWS_NAMES = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:[ .]|$)|[ .]$/i;

/**
 * Maps a key, relative to the prefix that is fetched, to a path below the target directory. Nothing is
 * cleaned up: a key that is not plainly inside is refused, so no two keys share a path.
 */
export function pathOfKey(key: string, platform: NodeJS.Platform = currentPlatform()): KeyPath | Refused {
  const directory = key.endsWith('/');
  const segments = (directory ? key.slice(0, -1) : key).split('/');
  const refused = refuseKey(key) ?? firstOf(segments, (segment) => refuseSegment(segment, platform));
  return refused === undefined
    ? { path: platform === 'win32' ? key.replaceAll('/', '\\') : key, directory }
    : { refused };
}

/** Maps a relative path to the key it is stored under: the inverse of `pathOfKey`. */
export function keyOfPath(path: string, platform: NodeJS.Platform = currentPlatform()): string {
  return platform === 'win32' ? path.replaceAll('\\', '/') : path;
}

function refuseKey(key: string): Refusal | undefined {
  if (key === '') return 'empty';
  if (key.startsWith('/')) return 'absolute';
  if (key.includes('\0')) return 'nul';
  // A lone surrogate has no UTF-8: the file would get another name.
  return /\p{Cs}/u.test(key) ? 'unicode' : undefined;
}

function refuseSegment(segment: string, platform: NodeJS.Platform): Refusal | undefined {
  if (segment === '') return 'empty-segment';
  if (segment === '.' || segment === '..') return 'dot-segment';
  if (Buffer.byteLength(segment) > LONGEST_NAME_BYTES) return 'too-long';
  if (platform !== 'win32') return undefined;
  if (WINDOWS_CHARACTERS.test(segment)) return 'windows-character';
  return WINDOWS_NAMES.test(segment) ? 'windows-name' : undefined;
}

/**
 * Makes the directories that `path` needs below `root`, one by one, and answers with the absolute path in
 * which no component below `root` is a symbolic link any more. A link that leads out of `root` is refused. The
 * last name is not followed: whoever writes must rename over it. `root` itself must exist, and may be a link.
 *
 * Node has no `openat`: somebody who may write below `root` while this runs can still exchange a directory.
 */
export async function openParent(
  root: string,
  { path, directory }: KeyPath,
  disk: Disk = createDisk(),
): Promise<{ readonly path: string } | Refused> {
  const realRoot = await disk.realpath(root);
  const names = path.split(sep).filter((name) => name !== '');
  // What `pathOfKey` answers has none; a path from elsewhere must not climb either.
  if (names.some((name) => name === '.' || name === '..')) return { refused: 'dot-segment' };
  const last = directory ? undefined : names.pop();
  let parent = realRoot;
  for (const name of names) {
    const next = await enterDirectory(realRoot, join(parent, name), disk);
    if ('refused' in next) return next;
    parent = next.path;
  }
  if (last === undefined) return { path: parent };
  const target = join(parent, last);
  const found = await orMissing(disk.lstat(target));
  return found?.isDirectory() === true ? { refused: 'is-a-directory' } : { path: target };
}

async function enterDirectory(
  realRoot: string,
  path: string,
  disk: Disk,
): Promise<{ readonly path: string } | Refused> {
  const found = (await orMissing(disk.lstat(path))) ?? (await makeDirectory(path, disk));
  if (found.isDirectory()) return { path };
  if (!found.isSymbolicLink()) return { refused: 'not-a-directory' };
  const real = await orMissing(disk.realpath(path));
  if (real === undefined || !isInside(realRoot, real)) return { refused: 'symlink-outside' };
  return (await disk.stat(real))?.isDirectory() ? { path: real } : { refused: 'not-a-directory' };
}

/** Another lane may make it at the same moment: what counts is what stands there afterwards. */
async function makeDirectory(path: string, disk: Disk): Promise<Stats> {
  await disk.mkdir(path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  const made = await disk.lstat(path);
  if (!made) throw Object.assign(new Error(`${path} is gone again`), { code: 'ENOENT' });
  return made;
}

function isInside(realRoot: string, real: string): boolean {
  return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

/** `undefined` for what is not there, a link to nowhere and one that goes in circles included. */
async function orMissing<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function firstOf<T, R>(values: readonly T[], look: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = look(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
