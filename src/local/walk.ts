import { isUtf8 } from 'node:buffer';
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { throwIfAborted } from '../transfer/errors.ts';
import { NotEnteredError, type Tree } from './tree.ts';

export type SkipReason =
  | 'symlink'
  /** A followed link that leads back to a directory it stands in, or to itself. */
  | 'loop'
  | 'fifo'
  | 'socket'
  | 'device'
  | 'unreadable'
  /** It was there a moment ago. */
  | 'vanished'
  /** Not valid UTF-8: no key can carry it. `path` and `relative` show it as well as they can. */
  | 'name';

/**
 * `path` is the root and `relative` joined; `relative` is below the root. What was found as a file is opened by way of
 * the tree: its path may lead elsewhere by then.
 */
export type Walked =
  | { readonly type: 'file'; readonly path: string; readonly relative: string }
  | {
      readonly type: 'skipped';
      readonly path: string;
      readonly relative: string;
      readonly reason: SkipReason;
      /** The system's error code, where one was the cause. */
      readonly code?: string | undefined;
    };

export type WalkOptions = {
  readonly signal: AbortSignal;
  /** Opens the tree, which whoever walks closes; `undefined`: links are followed, and paths are all there is. */
  readonly tree: Tree | undefined;
};

type Kind = 'file' | 'directory' | SkipReason;
type Entry = { readonly name: string; readonly kind: Kind };
type Place = { readonly path: string; readonly relative: string };
/** A directory being walked: what is left of it, last first, and who it is, to see loops. */
type Level = Place & { readonly left: Entry[]; readonly identity: string };

/**
 * Lists what lies under a directory, in the order of the keys it will become (UTF-8 bytes). At most one
 * directory a level is in memory. What cannot be moved is told, not thrown: only the root's own failure is.
 */
export async function* walk(root: string, { signal, tree }: WalkOptions): AsyncGenerator<Walked> {
  throwIfAborted(signal);
  const levels: Level[] = [await openLevel({ path: root, relative: '' }, tree)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    throwIfAborted(signal);
    const entry = level.left.pop();
    if (entry === undefined) {
      levels.pop();
      continue;
    }
    const place = { path: join(level.path, entry.name), relative: join(level.relative, entry.name) };
    const kind = entry.kind === 'symlink' && !tree ? await followLink(place.path) : entry.kind;
    if (kind === 'file') {
      yield { type: 'file', ...place };
    } else if (kind !== 'directory') {
      yield { type: 'skipped', ...place, reason: kind };
    } else {
      const opened = await tryOpenLevel(place, tree, levels);
      if ('type' in opened) yield opened;
      else levels.push(opened);
    }
  }
}

async function tryOpenLevel(
  place: Place,
  tree: Tree | undefined,
  above: readonly Level[],
): Promise<Level | Walked> {
  try {
    const level = await openLevel(place, tree);
    const isLoop = !tree && above.some(({ identity }) => identity === level.identity);
    return isLoop ? { type: 'skipped', ...place, reason: 'loop' } : level;
  } catch (error) {
    // A directory when it was listed, and a link when it was to be opened.
    if (error instanceof NotEnteredError && error.code === 'ELOOP')
      return { type: 'skipped', ...place, reason: 'symlink' };
    return { type: 'skipped', ...place, ...reasonOf(error) };
  }
}

async function openLevel(place: Place, tree: Tree | undefined): Promise<Level> {
  if (!tree) {
    const identity = identify(await stat(place.path));
    return { ...place, identity, left: await listEntries(place.path) };
  }
  // Without links there can be no loop.
  const directory = await tree.enter(place.relative.split(sep).filter(Boolean));
  try {
    const left = await listEntries(directory.at());
    // Where only its path leads there, it may have led elsewhere.
    if (directory.isPinned || (await directory.isInPlace())) return { ...place, identity: '', left };
  } finally {
    directory.release();
  }
  throw Object.assign(new Error(`${place.path} was replaced`), { code: 'ENOENT' });
}

/** What stands in a directory, the last name first. */
async function listEntries(path: string): Promise<Entry[]> {
  const entries = await readdir(path, { encoding: 'buffer', withFileTypes: true });
  const sorted = entries
    .map((entry) => ({ entry, order: orderOf(entry) }))
    .toSorted((a, b) => Buffer.compare(b.order, a.order));
  return sorted.map(({ entry }) => toEntry(entry));
}

/** A directory sorts as its name with a slash, as the keys below it do. */
function orderOf(entry: Dirent<Buffer>): Buffer {
  return entry.isDirectory() ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name;
}

function toEntry(entry: Dirent<Buffer>): Entry {
  return { name: entry.name.toString(), kind: isUtf8(entry.name) ? kindOf(entry) : 'name' };
}

async function followLink(path: string): Promise<Kind> {
  try {
    return kindOf(await stat(path));
  } catch (error) {
    // A link to nowhere did not vanish: it is there, and but a link.
    const { reason } = reasonOf(error);
    return reason === 'vanished' ? 'symlink' : reason;
  }
}

function kindOf(entry: Dirent<Buffer> | Stats): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO()) return 'fifo';
  return entry.isSocket() ? 'socket' : 'device';
}

function identify({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function reasonOf(error: unknown): { readonly reason: SkipReason; readonly code: string | undefined } {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: 'vanished', code };
  return { reason: code === 'ELOOP' ? 'loop' : 'unreadable', code };
}
