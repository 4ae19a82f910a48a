import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case, CaseGroup } from '../case.ts';
import { readingPayloads } from '../contestant.ts';
import { writeSmallFiles } from '../contents.ts';
import { findNodeFloor } from '../floors.ts';

const FILE_BYTES = 16 * 1024;

/** Many small files to the server, and as many objects into a folder. */
export const smallCases: CaseGroup = async (bench, folder) => {
  const { files: count, lanes } = bench;
  const sources = join(folder, 'small');
  const target = join(folder, 'fetched');
  await writeSmallFiles(sources, count, FILE_BYTES);
  const contestants = [bench.partwise, ...bench.peers, await findNodeFloor()];

  const puts = bench.payloads.map(
    (payload): Case => ({
      bytes: 0,
      lanes,
      contestants,
      name: `small put ${payload}`,
      payload,
      server: { isTls: payload === 'https' },
      prepare: async (run) => ({
        kind: 'put-many',
        folder: sources,
        count,
        fileBytes: FILE_BYTES,
        prefix: `${run}/`,
      }),
      judge: async (_, { storedObjects }) =>
        storedObjects < count ? `only ${storedObjects} of ${count} objects arrived` : undefined,
    }),
  );
  const gets = readingPayloads(bench.payloads).map(
    (payload): Case => ({
      bytes: 0,
      lanes,
      contestants,
      name: payload === 'https' ? 'small get https' : 'small get http',
      payload,
      server: { isTls: payload === 'https', objects: count, objectBytes: FILE_BYTES },
      async prepare() {
        await rm(target, { recursive: true, force: true });
        await mkdir(target);
        return { kind: 'get-many', prefix: 'data/', count, folder: target };
      },
      async judge() {
        const entries = await readdir(target, { recursive: true });
        const found = entries.filter((path) => path.endsWith('.bin')).length;
        return found === count ? undefined : `${found} of ${count} files are there`;
      },
    }),
  );
  return [...puts, ...gets];
};
