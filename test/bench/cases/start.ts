import type { CaseGroup } from '../case.ts';
import { BUCKETS } from '../contestant.ts';
import { findNodeFloor, nodeFloor } from '../floors.ts';

/** What a program costs before it does anything. */
export const startCases: CaseGroup = async ({ partwise, peers, lanes }) => {
  const common = { payload: 'http signed', server: {}, bytes: 0, lanes } as const;
  const contestants = [partwise, ...peers, nodeFloor, await findNodeFloor()];
  return [
    {
      ...common,
      name: 'start --version',
      contestants,
      prepare: async () => ({ kind: 'version' }),
      judge: async () => undefined,
    },
    {
      ...common,
      name: 'start ls',
      contestants,
      prepare: async () => ({ kind: 'ls', bucket: BUCKETS.empty, keys: 0 }),
      judge: async () => undefined,
    },
  ];
};
