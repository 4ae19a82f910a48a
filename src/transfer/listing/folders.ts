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
  const step = passed > 1 ? Math.ceil(passed * PAGES_EACH) : 1;
  const points = names.flatMap((first, index): FolderPoint[] => {
    const before = names[index - 1];
    const isChosen = passed > 1 ? index % step === 0 : isFolder(first);
    if (before === undefined || !isChosen) return [];
    // Between two folders that follow each other lies what is in the first. Its own listing tells where it ends.
    const isAlone = step === 1 && isFolder(first) && isFolder(names[index + 1] ?? '');
    return [{ point: endOf(before), first, ...(isAlone && { within: first }) }];
  });
  return { points, pagesEach: step / Math.max(1, passed) };
}

function isFolder(name: string): boolean {
  return name.endsWith(SLASH);
}

/** Behind a key, or all that is in a folder, and before everything else; a key may be named like its folder. */
function endOf(name: string): string {
  return isFolder(name) ? `${name.slice(0, -1)}0` : name;
}
