import type { ListedVersion } from '../transfer/ports.ts';
import { filterOf } from './filter.ts';
import type { ListingFilterFlags } from './listing-filter-flags.ts';

/** Whether flags leave out some of a listing. */
export function isFiltering(flags: ListingFilterFlags): boolean {
  return isByWorth(flags) || flags.include !== undefined || 'exclude' in flags;
}

function isByWorth({ newerThan, olderThan, largerThan, smallerThan }: ListingFilterFlags): boolean {
  return [newerThan, olderThan, largerThan, smallerThan].some((limit) => limit !== undefined);
}

/** What of a listing is shown; `undefined` where nothing is left out. */
export async function listingFilterOf(
  flags: ListingFilterFlags,
  prefix: string,
): Promise<((entry: ListedVersion) => boolean) | undefined> {
  if (!isFiltering(flags)) return undefined;
  const { newerThan, olderThan, largerThan, smallerThan } = flags;
  const byWorth = isByWorth(flags);
  const isNamed = await filterOf(flags);
  // The directory of a raw prefix: `logs/2026` begins names in `logs/`.
  const below = prefix.lastIndexOf('/') + 1;
  return (entry) => {
    // A common prefix has neither time nor size to be chosen by.
    if (entry.type === 'prefix') return !byWorth && isNamed(entry.prefix.slice(below).replace(/\/$/, ''));
    const time = entry.lastModified?.getTime() ?? Number.NaN;
    const size = entry.type === 'object' ? entry.size : 0;
    return (
      isNamed(entry.key.slice(below)) &&
      // What a server does not tell is on no side of a limit.
      (newerThan === undefined || time > newerThan) &&
      (olderThan === undefined || time < olderThan) &&
      (largerThan === undefined || size > largerThan) &&
      (smallerThan === undefined || size < smallerThan)
    );
  };
}
