import type { Command } from 'commander';
import type { ListedVersion } from '../transfer/ports.ts';
import { addFilterFlags, type FilterFlags, filterOf } from './filter-flags.ts';
import { ofFlag, parseMoment, parseSize } from './values.ts';

/** Which of the listed objects are shown: by name, time and size. */
export type ListingFilterFlags = FilterFlags & {
  readonly newerThan?: number;
  readonly olderThan?: number;
  readonly largerThan?: number;
  readonly smallerThan?: number;
};

/** Declares what chooses among objects. */
export function addListingFilters(command: Command): Command {
  return addFilterFlags(command)
    .option(
      '--newer-than <time>',
      'changed after this: an ISO time, or a duration before now (24h, 7d)',
      ofFlag('--newer-than', (text) => parseMoment(text)),
    )
    .option(
      '--older-than <time>',
      'changed before this: an ISO time, or a duration before now',
      ofFlag('--older-than', (text) => parseMoment(text)),
    )
    .option('--larger-than <size>', 'of more bytes than this', ofFlag('--larger-than', parseSize))
    .option('--smaller-than <size>', 'of fewer bytes than this', ofFlag('--smaller-than', parseSize));
}

/** What of a listing is shown; `undefined` where nothing is left out. */
export function listingFilterOf(
  flags: ListingFilterFlags,
  prefix: string,
): ((entry: ListedVersion) => boolean) | undefined {
  const { newerThan, olderThan, largerThan, smallerThan } = flags;
  const byWorth = [newerThan, olderThan, largerThan, smallerThan].some((limit) => limit !== undefined);
  if (!byWorth && !flags.include && !('exclude' in flags)) return undefined;
  const isNamed = filterOf(flags);
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
