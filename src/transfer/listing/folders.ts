import { nameOf, type Page, type Stretch } from './stretch.ts';

const SLASH = '/';
/** Pages that a stretch of folders should take. */
const PAGES_EACH = 1.5;

/** What all keys of a stretch begin with, as far as that is known, to its last slash. */
export function folderOf({ until }: Pick<Stretch, 'until'>, low: string, prefix: string): string {
  if (until === undefined) return prefix;
  let shared = 0;
  while (shared < low.length && low[shared] === until[shared]) shared++;
  return low.slice(0, Math.max(prefix.length, low.lastIndexOf(SLASH, shared - 1) + 1));
}

/** The folder of a key that lies directly in another one; `undefined` for a key that lies there itself. */
export function folderWithin(folder: string, key: string): string | undefined {
  const end = key.indexOf(SLASH, folder.length);
  return end === -1 ? undefined : key.slice(0, end + 1);
}

/** A place where a stretch may begin, and what all of its keys are in. */
export type FolderPoint = { readonly point: string; readonly first: string; readonly within?: string };

/**
 * Which of the names in a folder, in order, are to begin stretches: all folders, where each holds at least a page, else
 * every so many of the names. By how many of these a page went through, their sizes are guessed.
 */
export function chosenFolders(
  names: readonly string[],
  folder: string,
  recent: Page,
): { readonly points: readonly FolderPoint[]; readonly pagesEach: number } {
  const passed = new Set(recent.map((entry) => folderWithin(folder, nameOf(entry)) ?? nameOf(entry))).size;
  if (passed > 1) {
    const step = Math.ceil(passed * PAGES_EACH);
    const chosen = names.filter((_, index) => (index + 1) % step === 0);
    return { points: chosen.map((point) => ({ point, first: point })), pagesEach: step / passed };
  }
  const points = names.flatMap((point, index): FolderPoint[] => {
    if (!point.endsWith(SLASH)) return [];
    // Between two folders that follow each other lies what is in the first. Its own listing tells where it ends.
    const isAlone = names[index + 1]?.endsWith(SLASH);
    return [{ point, first: point, ...(isAlone && { within: point }) }];
  });
  return { points, pagesEach: 1 };
}
