import { join } from 'node:path';
import type { CaseGroup } from '../case.ts';
import { writeNoise } from '../contents.ts';
import { findByteFloor, findNodeFloor } from '../floors.ts';

/** One large file to the server, which drops it. */
export const putCases: CaseGroup = async (bench, folder) => {
  const { sizeBytes: bytes, lanes } = bench;
  const path = join(folder, 'large.bin');
  await writeNoise(path, bytes);
  const floor = await findByteFloor('put');
  if ('skipped' in floor) bench.skip('the floor of put', floor.skipped);
  const floors = [...('skipped' in floor ? [] : [floor]), await findNodeFloor()];
  return bench.payloads.map((payload) => ({
    name: `put ${payload}`,
    payload,
    server: { isTls: payload === 'https' },
    bytes,
    lanes,
    contestants: [bench.partwise, ...bench.peers, ...floors],
    prepare: async (run) => ({ kind: 'put', path, bytes, key: `${run}.bin` }),
    judge: async (_, { receivedBytes }) =>
      receivedBytes < bytes ? `only ${receivedBytes} bytes arrived` : undefined,
  }));
};
