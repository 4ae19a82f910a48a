import { kindOfPath } from '../local/path-kind.ts';
import { keyOfPath } from '../local/key-path.ts';
import { type SkipReason, walk } from '../local/walk.ts';
import type { Tree } from '../local/tree.ts';
import { TransferError } from '../transfer/errors.ts';
import { isPrefix, lastSegment, type PutWords } from './locations.ts';

/** One object to make. */
export type PutItem =
  | {
      readonly type: 'file';
      readonly path: string;
      readonly key: string;
      /** Where a walk found it. @default it was named, links meant */
      readonly within?: { readonly tree: Tree; readonly relative: string } | undefined;
    }
  | { readonly type: 'stdin'; readonly key: string }
  /** Read once, like stdin. */
  | { readonly type: 'fifo'; readonly path: string; readonly key: string }
  | { readonly type: 'skipped'; readonly path: string; readonly key: string; readonly reason: LeftOut };

/** Why something that was found, or named in a list, is not stored. */
export type LeftOut = SkipReason | 'directory' | 'missing' | 'outside';

/** Which things under the sources are meant, and how they are found. */
export type FindOptions = {
  readonly recursive: boolean;
  readonly followSymlinks: boolean;
  /** Opens what is below a directory; the caller that passed it closes it after the last item. */
  readonly openTree: (root: string) => Promise<Tree>;
  /** By the path relative to its source. */
  readonly isMeant: (relative: string) => boolean;
  readonly signal: AbortSignal;
};

type Source = {
  readonly word: string;
  readonly kind: 'file' | 'directory' | 'fifo' | 'stdin';
  readonly key: string;
};

/**
 * Turns the words of `put` into objects to make. Everything that is wrong with them is found before the first
 * request: missing sources, directories without -r, two sources that make one key.
 * @throws TransferError `usage`, `not-found`, `disk`
 */
export async function findPutItems(
  { sources, target }: PutWords,
  options: FindOptions,
): Promise<AsyncIterable<PutItem> | Iterable<PutItem>> {
  const found: Source[] = [];
  for (const source of sources) found.push(await look(source, target.key, options.recursive));
  const several = found.length > 1 || found.some(({ kind }) => kind === 'directory');
  if (several && !isPrefix(target.key) && !(found.length === 1 && options.recursive)) {
    throw new TransferError('usage', `s3://${target.bucket}/${target.key} can hold only one object`, {
      hint: 'End the target with a slash to put several things under it.',
    });
  }
  // One directory cannot collide with itself, so its files need not all be known first.
  if (found.length === 1) return itemsOf(found, options);
  const items: PutItem[] = [];
  const makers = new Map<string, string>();
  for await (const item of itemsOf(found, options)) {
    const path = item.type === 'stdin' ? '-' : item.path;
    const other = makers.get(item.key);
    if (other !== undefined) {
      throw new TransferError(
        'usage',
        `${other} and ${path} would both become s3://${target.bucket}/${item.key}; nothing was sent`,
      );
    }
    makers.set(item.key, path);
    items.push(item);
  }
  return items;
}

async function look(
  source: PutWords['sources'][number],
  targetKey: string,
  recursive: boolean,
): Promise<Source> {
  if (source.type === 'stdio') {
    if (isPrefix(targetKey))
      throw new TransferError('usage', 'stdin has no name of its own', {
        hint: 'Write the whole key: partwise put - s3://bucket/key',
      });
    return { word: '-', kind: 'stdin', key: targetKey };
  }
  const { path } = source;
  const kind = await kindOfPath(path);
  switch (kind) {
    case 'missing':
      throw new TransferError('not-found', `${path} does not exist`, { code: 'ENOENT' });
    case 'directory': {
      if (!recursive)
        throw new TransferError('usage', `${path} is a directory`, {
          hint: 'Put it with all that lies under it: add -r.',
        });
      return { word: path, kind, key: isPrefix(targetKey) ? targetKey : `${targetKey}/` };
    }
    case 'file':
    case 'fifo': {
      if (!isPrefix(targetKey)) return { word: path, kind, key: targetKey };
      return { word: path, kind, key: targetKey + lastSegment(keyOfPath(path)) };
    }
    case 'device':
    case 'socket':
      throw new TransferError('usage', `${path} is a ${kind}, not a file`, {
        hint: 'To store what it gives, pipe it: partwise put - s3://bucket/key',
      });
  }
}

async function* itemsOf(
  sources: readonly Source[],
  { followSymlinks, openTree, isMeant, signal }: FindOptions,
): AsyncGenerator<PutItem> {
  for (const { word, kind, key } of sources) {
    if (kind === 'stdin') yield { type: 'stdin', key };
    else if (kind === 'file' || kind === 'fifo') {
      if (isMeant(lastSegment(keyOfPath(word)))) yield { type: kind, path: word, key };
    } else {
      const tree = followSymlinks ? undefined : await openTree(word);
      for await (const walked of walk(word, { signal, tree })) {
        const relative = keyOfPath(walked.relative);
        if (!isMeant(relative)) continue;
        const item = { path: walked.path, key: key + relative };
        yield walked.type === 'file'
          ? { type: 'file', ...item, within: tree && { tree, relative: walked.relative } }
          : { type: 'skipped', ...item, reason: walked.reason };
      }
    }
  }
}
