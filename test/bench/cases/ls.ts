import type { Case, CaseGroup } from '../case.ts';
import { BUCKETS } from '../contestant.ts';

const PAGE_KEYS = 1000;

/** All keys of a large bucket, with pages that come at once and pages that take their time. */
export const lsCases: CaseGroup = async (bench) => {
  const { keys, partwise, peers } = bench;
  const listing = {
    payload: 'http signed',
    bytes: 0,
    lanes: bench.lanes,
    prepare: async () => ({ kind: 'ls', bucket: BUCKETS.keys, keys }),
    judge: async (_, { requests }) =>
      requests < Math.ceil(keys / PAGE_KEYS) ? `only ${requests} pages were asked for` : undefined,
  } satisfies Partial<Case>;
  // The slow pages show what parallel ranges win; a peer that lists one page after the other shows nothing new.
  return [
    { ...listing, name: 'ls', server: { objects: keys }, contestants: [partwise, ...peers] },
    {
      ...listing,
      name: 'ls 20 ms a page',
      server: { objects: keys, latencyMs: 20 },
      contestants: [partwise, ...bench.parallelListers, ...peers.filter(({ name }) => name === 'rclone')],
    },
  ];
};
