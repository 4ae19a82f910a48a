import { join } from 'node:path';
import type { Case, CaseGroup } from '../case.ts';
import type { Contestant } from '../contestant.ts';
import { writeNoise } from '../contents.ts';

const FIXED_LANES = [8, 16, 32, 64];

/** One file to a server far away: what counts is how many connections a program finds out to be right. */
export const wanCases: CaseGroup = async (bench, folder) => {
  const bytes = bench.wanBytes;
  const path = join(folder, 'wan.bin');
  await writeNoise(path, bytes);
  const crt = bench.peers.filter(({ name }) => name === 'awscrt');
  const fixed = FIXED_LANES.flatMap((lanes) => [bench.partwise, ...crt].map((one) => withLanes(one, lanes)));
  const wan: Case = {
    name: 'wan put',
    payload: 'http unsigned',
    server: { roundTripMs: 50, connectionBytesPerSecond: 20_000_000 },
    bytes,
    lanes: undefined,
    contestants: [bench.partwise, ...bench.peers, ...fixed],
    prepare: async (run) => ({ kind: 'put', path, bytes, key: `${run}.bin` }),
    judge: async (_, { receivedBytes }) =>
      receivedBytes < bytes ? `only ${receivedBytes} bytes arrived` : undefined,
  };
  return [wan];
};

function withLanes(contestant: Contestant, lanes: number): Contestant {
  return {
    ...contestant,
    name: `${contestant.name} ${lanes} lanes`,
    command: (job, setting) => contestant.command(job, { ...setting, lanes }),
  };
}
