import { join, resolve } from 'node:path';
import { keyOfPath } from '../local/key-path.ts';
import { kindOfPath } from '../local/path-kind.ts';
import { TransferError } from '../transfer/errors.ts';
import { isPrefix } from './locations.ts';
import type { PutItem } from './put-items.ts';

/** Where the paths of a list are relative to, and what their keys begin with. */
export type ListPlace = { readonly base: string | undefined; readonly prefix: string };

/**
 * The items that a list of paths names (`--files-from`). A path keeps its directories: `a/b.txt` becomes
 * `prefix/a/b.txt`. What cannot be stored is a failure of that item, not of the list. The list is read to its end
 * before the first item comes.
 * @throws TransferError `usage` where two paths make one key, `disk` for a list that cannot be read
 */
export async function listedFiles(
  paths: AsyncIterable<string>,
  { base, prefix }: ListPlace,
  isMeant: (relative: string) => boolean,
): Promise<AsyncGenerator<PutItem>> {
  const listed = new Map<string, string>();
  for await (const written of paths) {
    const relative = keyOfPath(written).replace(/^(?:\.?\/)+/, '');
    if (!isMeant(relative)) continue;
    const path = base === undefined ? written : join(base, written);
    const other = listed.get(relative);
    if (other !== undefined && resolve(other) !== resolve(path))
      throw new TransferError(
        'usage',
        `${other} and ${path} of the list would both become ${prefix + relative}; nothing was sent`,
      );
    listed.set(relative, path);
  }
  return itemsOf(listed, prefix);
}

async function* itemsOf(listed: ReadonlyMap<string, string>, prefix: string): AsyncGenerator<PutItem> {
  for (const [relative, path] of listed) {
    const item = { path, key: prefix + relative };
    if (relative.split('/').includes('..')) yield { type: 'skipped', ...item, reason: 'outside' };
    else yield await look(item);
  }
}

async function look(item: { readonly path: string; readonly key: string }): Promise<PutItem> {
  const kind = await kindOfPath(item.path);
  switch (kind) {
    case 'file':
      return { type: 'file', ...item };
    case 'missing':
      return { type: 'skipped', ...item, reason: 'missing' };
    case 'directory':
    case 'fifo':
    case 'socket':
    case 'device':
      return { type: 'skipped', ...item, reason: kind };
  }
}

/** @throws TransferError `usage` where a list and words do not go together */
export function listPlace(sources: readonly string[], targetKey: string): ListPlace {
  if (sources.length > 1)
    throw new TransferError(
      'usage',
      '--files-from takes one directory at most, which its paths are relative to',
    );
  if (!isPrefix(targetKey))
    throw new TransferError('usage', 'the files of a list need a target that ends in a slash');
  return { base: sources[0], prefix: targetKey };
}
