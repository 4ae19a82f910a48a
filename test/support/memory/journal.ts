import type { Journal, JournalEntry, RememberedPart } from '../../../src/transfer/journal.ts';
import { TransferError } from '../../../src/transfer/errors.ts';

export type MemoryJournal = Journal & {
  /** How many transfers are remembered. */
  readonly size: number;
  /** How many pages are open. */
  readonly open: Journal['open'];
  readonly locked: ReadonlySet<string>;
  /** As after the loss of the machine. */
  forget(): void;
};

/** A journal in memory that insists on its contract: one page at a time, saved before parts are added. */
export function memoryJournal(): MemoryJournal {
  const pages = new Map<string, { entry: JournalEntry; parts: RememberedPart[] }>();
  const locked = new Set<string>();
  return {
    get size() {
      return pages.size;
    },
    locked,
    forget: () => pages.clear(),
    async open(transfer) {
      const key = JSON.stringify(transfer);
      if (locked.has(key)) throw new TransferError('locked', 'already running');
      locked.add(key);
      const { entry, parts = [] } = pages.get(key) ?? {};
      return {
        entry,
        parts: [...parts],
        async save(saved) {
          pages.set(key, { entry: saved, parts: [] });
        },
        async addPart(part) {
          const page = pages.get(key);
          if (!page) throw new Error('a part of a transfer that was never saved');
          page.parts.push(part);
        },
        async remove() {
          pages.delete(key);
        },
        async release() {
          locked.delete(key);
        },
      };
    },
  };
}
