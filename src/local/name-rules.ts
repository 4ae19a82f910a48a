import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { Disk } from './disk.ts';
import type { Tree } from './tree.ts';

/** Which names a file system takes for one. */
export type NameRules = {
  readonly ignoresCase: boolean;
  /** Composed and decomposed letters (NFC and NFD) are the same. */
  readonly ignoresForm: boolean;
};

/** As Linux has it, but for a few file systems: names are bytes. */
export const EXACT_NAMES: NameRules = { ignoresCase: false, ignoresForm: false };

/**
 * Finds out how names are told apart where a tree is: by a file of one name, looked for by two others. It differs by
 * file system, even by directory, and no call of the system tells it.
 */
export async function findNameRules(tree: Tree, disk: Disk): Promise<NameRules> {
  const root = await tree.enter([]);
  // Named like a partial file, so that `cleanup --local` removes it should this program be killed here.
  const end = `.${randomUUID().slice(0, 8)}.part`;
  const path = root.at(`.Names-\u00e9${end}`);
  const isThere = async (name: string): Promise<boolean> =>
    (await disk.lstat(root.at(name)).catch(() => undefined)) !== undefined;
  try {
    await disk.close(await disk.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch {
    return EXACT_NAMES; // nothing can be made here: whoever fetches will say why
  }
  try {
    return {
      ignoresCase: await isThere(`.nAMES-\u00e9${end}`),
      ignoresForm: await isThere(`.Names-e\u0301${end}`),
    };
  } finally {
    await disk.unlink(path).catch(() => undefined); // another program removed it
  }
}

/** What all names have in common that are one by these rules. */
export function foldName(path: string, { ignoresCase, ignoresForm }: NameRules): string {
  const form = ignoresForm ? path.normalize('NFC') : path;
  // Twice, since some letters have two lower cases, and some upper cases two letters.
  return ignoresCase ? form.toUpperCase().toLowerCase() : form;
}

/** Remembers which paths are taken. */
export type TakenPaths = {
  /** Takes a path; `false` when another one, or the same, was taken before that is one with it. */
  take(path: string): boolean;
};

/** Remembers nothing where no two of the paths can be one. */
export function createTakenPaths(rules: NameRules, areUnique: boolean): TakenPaths {
  if (areUnique && !rules.ignoresCase && !rules.ignoresForm) return { take: () => true };
  const taken = new Set<string>();
  return {
    take(path) {
      const folded = foldName(path, rules);
      if (taken.has(folded)) return false;
      taken.add(folded);
      return true;
    },
  };
}
