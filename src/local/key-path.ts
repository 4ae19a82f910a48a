import { platform as currentPlatform } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { Disk } from './disk.ts';
import { codeOf } from './disk-error.ts';
import { EXACT_NAMES, type NameRules } from './name-rules.ts';
import { type HeldDirectory, NotEnteredError, type Tree } from './tree.ts';

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
  taken: 'another object has taken this name, which is the same on this file system',
  'other-case': 'a file is here whose name differs only in case',
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

/** Links that lie inside the target and lead to one another. */
const MOST_LINKS = 40;

/** A name in a directory that is held until it is released. */
export type OpenedParent = { readonly directory: HeldDirectory; readonly path: string };

/**
 * Makes the directories that `path` needs below the root of a tree, one by one, and holds the last of them. A symbolic
 * link on the way is followed where it stays inside the root, else refused; `path` of the answer has none below the
 * root. The last name is not followed: whoever writes must rename over it.
 * @throws the system's error
 */
export async function openParent(
  tree: Tree,
  { path, directory: isDirectory }: KeyPath,
  disk: Disk,
  rules: NameRules = EXACT_NAMES,
): Promise<OpenedParent | Refused> {
  const names = path.split(sep).filter((name) => name !== '');
  // What `pathOfKey` answers has none; a path from elsewhere must not climb either.
  if (names.some((name) => name === '.' || name === '..')) return { refused: 'dot-segment' };
  const last = isDirectory ? undefined : names.pop();
  const directory = await enter(tree, names, disk);
  if ('refused' in directory) return directory;
  if (last === undefined) return { directory, path: directory.path };
  try {
    const refused = await whyNotWritten(directory, last, disk, rules);
    if (refused === undefined) return { directory, path: join(directory.path, last) };
    directory.release();
    return { refused };
  } catch (error) {
    directory.release();
    throw error;
  }
}

/** What stands at the last name, where it may not be replaced. */
async function whyNotWritten(
  directory: HeldDirectory,
  name: string,
  disk: Disk,
  rules: NameRules,
): Promise<Refusal | undefined> {
  const found = await orMissing(disk.lstat(directory.at(name)));
  if (found?.isDirectory() === true) return 'is-a-directory';
  if (!found || !rules.ignoresCase) return undefined;
  const names = await disk.readdir(directory.at());
  // Some file systems keep names decomposed.
  return names.some((one) => one.normalize() === name.normalize()) ? undefined : 'other-case';
}

async function enter(tree: Tree, names: readonly string[], disk: Disk): Promise<HeldDirectory | Refused> {
  let left = names;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return await tree.enter(left, { make: true });
    } catch (error) {
      if (!(error instanceof NotEnteredError)) throw error;
      if (error.code === 'ENOTDIR') return { refused: 'not-a-directory' };
      if (error.code !== 'ELOOP') throw error.cause;
      const real = await orMissing(disk.realpath(error.at));
      if (real === undefined || !isInside(tree.path, real)) return { refused: 'symlink-outside' };
      const inside = relative(tree.path, real);
      // Entered name by name, like any other path: what is a link by now is refused or followed in its turn.
      left = [...inside.split(sep).filter(Boolean), ...left.slice(error.depth + 1)];
    }
  }
  return { refused: 'symlink-outside' };
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
