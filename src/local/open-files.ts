import { readFile } from 'node:fs/promises';

/** What Node, the terminal, a journal and a walk hold open at the same time, generously. */
const OTHERS = 32;
/** A file that moves: itself, the page that remembers it, a connection. */
const PER_FILE = 3;

/** How many files may move at the same time before the system says that too many are open; only Linux tells. */
export async function maxFilesAtATime(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, open] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  if (open === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor((Number(open) - OTHERS) / PER_FILE));
}
