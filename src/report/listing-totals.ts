import type { ListingLine } from './listing.ts';
import { formatBytes, formatCount } from './units.ts';

/** What a listing adds up to. */
export type ListingTotals = {
  /** Lines of any kind. */
  readonly count: number;
  readonly bytes: number;
  readonly objects: number;
  readonly prefixes: number;
  readonly deleteMarkers: number;
};

/** Adds lines up as they pass. */
export type ListingSum = { add(lines: readonly ListingLine[]): void; totals(): ListingTotals };

/** Begins a sum over the lines of one listing. */
export function sumListing(): ListingSum {
  let objects = 0;
  let prefixes = 0;
  let deleteMarkers = 0;
  let count = 0;
  let bytes = 0;
  return {
    add(lines) {
      count += lines.length;
      for (const line of lines) {
        bytes += bytesOf(line);
        if (line.type === 'object') objects++;
        else if (line.type === 'prefix') prefixes++;
        else if (line.type === 'delete-marker') deleteMarkers++;
      }
    },
    totals: () => ({ count, bytes, objects, prefixes, deleteMarkers }),
  };
}

/** The totals for people: what there is none of is left out. */
export function describeTotals({ count, bytes, objects, prefixes, deleteMarkers }: ListingTotals): string {
  const others = count - objects - prefixes - deleteMarkers;
  const words = [
    others > 0 ? named(others, 'entry', 'entries') : named(objects, 'object', 'objects'),
    ...(prefixes > 0 ? [named(prefixes, 'prefix', 'prefixes')] : []),
    ...(deleteMarkers > 0 ? [named(deleteMarkers, 'delete marker', 'delete markers')] : []),
  ];
  return `total: ${words.join(', ')}, ${bytes} bytes (${formatBytes(bytes)})`;
}

function named(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** What a line adds to the sum; sizes that cannot be true add nothing. */
function bytesOf(line: ListingLine): number {
  const size = line.type === 'upload' ? line.bytes : 'size' in line ? line.size : 0;
  return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : 0;
}
