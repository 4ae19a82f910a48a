import type { Command } from 'commander';
import { addFilterFlags, type FilterFlags } from './filter-flags.ts';
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
