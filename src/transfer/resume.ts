import { looksLikeMd5 } from './checksum.ts';
import { inMib, lengthOf, type Part, type Plan } from './plan.ts';
import type { JournalEntry, RememberedPart } from './journal.ts';
import type { Receipt, Sums } from './ports.ts';

/** A part of the plan that the server lists with the right size: its bytes must still be compared. */
export type Candidate = { readonly part: Part; readonly receipt: Receipt };

/** What of an upload may be used again under a plan, and what in it cannot belong to this plan. */
export type Match = { readonly candidates: readonly Candidate[]; readonly foreign: readonly Receipt[] };

/** Matches listed parts with a plan, by number and size. */
export function matchParts(plan: Plan, listed: readonly Receipt[]): Match {
  const candidates: Candidate[] = [];
  const foreign: Receipt[] = [];
  for (const receipt of listed) {
    const part = plan.parts[receipt.number - 1];
    if (part && lengthOf(part) === receipt.size) candidates.push({ part, receipt });
    else foreign.push(receipt);
  }
  return { candidates, foreign };
}

/**
 * The part sizes an upload may have been begun with, read off the parts it holds: all but the last of an object
 * are equal, so it is the largest, or, where the last is all that tells, what it leaves for those before it. None
 * when they can be no parts of an object of this size. Bytes decide: a wrong one gives wrong offsets.
 */
export function inferPartSizes(size: number, listed: readonly Receipt[]): readonly number[] {
  const largest = Math.max(0, ...listed.map((receipt) => receipt.size));
  const last = listed.reduce<Receipt | undefined>(
    (furthest, receipt) => (furthest && furthest.number > receipt.number ? furthest : receipt),
    undefined,
  );
  if (!last || largest === 0) return [];
  const before = (size - last.size) / (last.number - 1);
  const candidates = new Set([largest, before]);
  return [...candidates].filter(
    (partSize) =>
      Number.isSafeInteger(partSize) && partSize >= largest && last.number <= Math.ceil(size / partSize),
  );
}

/** Which of a listed part's sums tells whether local bytes are the same; `undefined` when none does. */
function sumsToCompare(
  receipt: Receipt,
  remembered: RememberedPart | undefined,
): 'listed' | 'etag' | 'remembered' | undefined {
  if (Object.keys(receipt.sums).length > 0) return 'listed';
  if (looksLikeMd5(receipt.etag) && !receipt.opaqueEtag) return 'etag';
  // Nothing the server says can be computed here; what this machine remembers of that very ETag can.
  return remembered && remembered.etag === receipt.etag && remembered.sums.md5 ? 'remembered' : undefined;
}

/** Whether these are the sums of the part that the server holds. */
export function isSamePart(local: Sums, receipt: Receipt, remembered: RememberedPart | undefined): boolean {
  switch (sumsToCompare(receipt, remembered)) {
    case 'listed': {
      const both = Object.entries(receipt.sums).filter(([algorithm]) => Object.hasOwn(local, algorithm));
      const mine = new Map(Object.entries(local));
      return both.length > 0 && both.every(([algorithm, value]) => mine.get(algorithm) === value);
    }
    case 'etag':
      return local.md5 === receipt.etag.toLowerCase();
    case 'remembered':
      return local.md5 === remembered?.sums.md5;
    case undefined:
      return false;
  }
}

/** Why an upload this machine remembers cannot be taken up by a command; `undefined` when it can. */
export function whyNotResumed(
  entry: JournalEntry,
  command: { readonly size: number; readonly shape: string; readonly partSize: number | undefined },
): string | undefined {
  if (entry.size !== command.size) return `the file had ${entry.size} bytes then and has ${command.size} now`;
  if (entry.shape !== command.shape) return 'the options that shape the object are others';
  if (command.partSize !== undefined && command.partSize !== entry.partSize) {
    return `its parts have ${inMib(entry.partSize)}, not ${inMib(command.partSize)}`;
  }
  return undefined;
}
