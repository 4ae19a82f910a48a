import { dirname, join } from 'node:path';
import type { Disk } from '../local/disk.ts';
import { type OpenedParent, openParent, pathOfKey, REFUSALS } from '../local/key-path.ts';
import { makeDirectories } from '../local/make-directory.ts';
import { createTakenPaths, type NameRules, type TakenPaths } from '../local/name-rules.ts';
import { kindOfPath, refuseSystemDirectory } from '../local/path-kind.ts';
import type { Tree } from '../local/tree.ts';
import type { Engine } from '../transfer/engine.ts';
import { TransferError } from '../transfer/errors.ts';
import { listObjects } from '../transfer/list.ts';
import { type GetWords, isPrefix, lastSegment } from './locations.ts';

/** One object to fetch, and where its bytes go: `path` as the user reads it, `relative` below the target. */
export type GetItem =
  | {
      readonly type: 'object';
      readonly bucket: string;
      readonly key: string;
      readonly path: string;
      readonly relative: string;
      /** Bytes, where a listing told. */
      readonly size?: number | undefined;
    }
  /** A key that ends in a slash and has no bytes: it stands for a directory. */
  | {
      readonly type: 'directory';
      readonly bucket: string;
      readonly key: string;
      readonly path: string;
      readonly relative: string;
    }
  | { readonly type: 'refused'; readonly bucket: string; readonly key: string; readonly reason: string };

/** Where the objects go: one file, or a directory under their own names. */
export type GetTarget =
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'directory'; readonly path: string };

/** Whether all under a prefix is meant, and what becomes of a directory that is not there. */
export type FindTarget = {
  readonly recursive: boolean;
  readonly missing: 'make' | 'refuse' | 'leave';
};

/**
 * Decides from the words and from what stands there whether the target is a file or a directory, and makes the
 * directories that may be made. A target that cannot work fails here, before the first request.
 * @throws TransferError `usage`, `disk`
 */
export async function findGetTarget(
  { sources, target }: GetWords,
  { recursive, missing: ifMissing }: FindTarget,
): Promise<GetTarget> {
  if (target.type === 'stdio') throw new Error('stdout is no target on disk');
  const { path } = target;
  const kind = await kindOfPath(path);
  const wantsDirectory = /[/\\]$/.test(path) && (process.platform === 'win32' || path.endsWith('/'));
  if (wantsDirectory || recursive) {
    if (kind !== 'directory' && kind !== 'missing')
      throw new TransferError('disk', `${path} is a ${kind}, not a directory`);
    if (kind === 'missing' && ifMissing === 'refuse')
      throw new TransferError('not-found', `${path} does not exist`);
    await refuseSystemDirectory(path);
    if (kind === 'missing' && ifMissing === 'make') await makeDirectories(path);
    return { type: 'directory', path };
  }
  if (kind === 'directory') {
    await refuseSystemDirectory(path);
    return { type: 'directory', path };
  }
  if (sources.length > 1) {
    throw new TransferError('usage', `${path} can hold only one object`, {
      hint: 'End the target with a slash to fetch several things into it.',
    });
  }
  const parent = dirname(path);
  const parentKind = await kindOfPath(parent);
  if (parentKind !== 'directory') {
    const why = parentKind === 'missing' ? 'does not exist' : `is a ${parentKind}`;
    throw new TransferError('disk', `the directory ${parent} ${why}`, {
      hint: 'Make it first, or end the target with a slash.',
    });
  }
  return { type: 'file', path };
}

/** The objects that words without `-r` name: each is one key. */
export async function* namedItems(
  { sources }: Pick<GetWords, 'sources'>,
  target: GetTarget,
): AsyncGenerator<GetItem> {
  for (const { bucket, key } of sources) {
    if (isPrefix(key)) {
      throw new TransferError('usage', `s3://${bucket}/${key} is a prefix, not an object`, {
        hint: 'Fetch everything under it: add -r.',
      });
    }
    if (target.type === 'file') yield { type: 'object', bucket, key, path: target.path, relative: '' };
    else yield itemOf(bucket, key, lastSegment(key), target.path, undefined);
  }
}

/** What is below a target that is a directory, and how names are told apart there. */
export type TargetTree = { readonly tree: Tree; readonly rules: NameRules };

/** Which of the listed objects are meant, and which paths are taken by those before. */
export type ListedOptions = {
  readonly isMeant: (relative: string) => boolean;
  readonly taken: TakenPaths;
  readonly signal: AbortSignal;
};

/**
 * Refuses objects that would become one file, before the first request.
 * @throws TransferError `usage`
 */
export function refuseSamePaths({ sources }: Pick<GetWords, 'sources'>, rules: NameRules): void {
  const taken = createTakenPaths(rules, false);
  for (const { bucket, key } of sources) {
    const name = lastSegment(key);
    if (!taken.take(name))
      throw new TransferError('usage', `s3://${bucket}/${key} and another object would both become ${name}`, {
        hint: 'Fetch them into two directories; nothing was fetched.',
      });
  }
}

/** The objects under the prefixes that words with `-r` name, listed while they are fetched. */
export async function* listedItems(
  engine: Engine,
  { sources }: Pick<GetWords, 'sources'>,
  target: GetTarget,
  { isMeant, taken, signal }: ListedOptions,
): AsyncGenerator<GetItem> {
  for (const { bucket, key: prefix } of sources) {
    let found = false;
    for await (const { key, size } of keysUnder(engine, bucket, prefix, signal)) {
      const relative =
        key === prefix && !isPrefix(prefix)
          ? lastSegment(key)
          : key.slice(isPrefix(prefix) ? prefix.length : prefix.length + 1);
      // The marker of the very prefix is the target directory itself.
      if (relative === '') {
        found = true;
        continue;
      }
      found = true;
      if (!isMeant(relative)) continue;
      const item = itemOf(bucket, key, relative, target.path, size);
      if (item.type === 'directory' && size > 0)
        yield { type: 'refused', bucket, key, reason: 'a name that ends in a slash can only be a directory' };
      else if (item.type === 'object' && !taken.take(item.relative))
        yield { type: 'refused', bucket, key, reason: REFUSALS.taken };
      else yield item;
    }
    if (!found) throw new TransferError('not-found', `nothing is stored under s3://${bucket}/${prefix}`);
  }
}

/** The key itself and what lies under it: `logs` never touches `logs-prod/`. */
async function* keysUnder(
  engine: Engine,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<{ key: string; size: number }> {
  if (!isPrefix(prefix)) {
    for await (const entry of listObjects(engine, bucket, prefix, { signal, limit: 1 })) {
      if (entry.type === 'object' && entry.key === prefix) yield entry;
    }
  }
  for await (const entry of listObjects(engine, bucket, isPrefix(prefix) ? prefix : `${prefix}/`, {
    signal,
  })) {
    if (entry.type === 'object') yield entry;
  }
}

/** Maps a key to a path below the target directory, or refuses it by name. */
function itemOf(
  bucket: string,
  key: string,
  relative: string,
  root: string,
  size: number | undefined,
): GetItem {
  const mapped = pathOfKey(relative);
  if ('refused' in mapped) return { type: 'refused', bucket, key, reason: REFUSALS[mapped.refused] };
  const place = { bucket, key, path: join(root, mapped.path), relative: mapped.path };
  return mapped.directory ? { type: 'directory', ...place } : { type: 'object', ...place, size };
}

/**
 * Makes the directories an item needs, and holds the last of them: no link that was planted leads out of the target,
 * also not one that takes the place of a directory later. The caller releases it.
 * @throws TransferError `disk`, with the reason
 */
export async function prepareItem(
  item: Exclude<GetItem, { type: 'refused' }>,
  { tree, rules }: TargetTree,
  disk: Disk,
): Promise<OpenedParent> {
  const place = { path: item.relative, directory: item.type === 'directory' };
  const opened = await openParent(tree, place, disk, rules).catch((error: unknown) =>
    Promise.reject(toDisk(item, error)),
  );
  if ('refused' in opened)
    throw new TransferError(
      'disk',
      `s3://${item.bucket}/${item.key} was refused: ${REFUSALS[opened.refused]}`,
    );
  return opened;
}

function toDisk(item: Exclude<GetItem, { type: 'refused' }>, error: unknown): TransferError {
  return new TransferError(
    'disk',
    `cannot make the directories of ${item.path}: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  );
}
