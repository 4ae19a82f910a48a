import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openCounter } from '../support/processes/counter.ts';
import { digestOfFile, digestOfObject } from '../support/processes/digests.ts';
import { openWorkspace, type ServerAccess, type Workspace } from '../support/processes/workspace.ts';
import { listUploads } from '../support/processes/remote.ts';
import { startProxy } from '../support/proxy/proxy.ts';
import { openRandom } from './random.ts';

const MiB = 1024 * 1024;
/** Parts at a time: no kill cuts more. */
export const LANES = 2;

/** What is put, and how often it is killed on the way. */
export type KilledPutOptions = {
  readonly mebibytes: number;
  readonly kills: number;
  readonly seed: number;
};

/** What came of it. */
export type KilledPut = {
  /** How many parts had been answered in each run when it was killed. */
  readonly moments: readonly number[];
  readonly isSame: boolean;
  readonly uploadsLeft: readonly string[];
  readonly sizeBytes: number;
  /** Bytes of parts that reached the proxy, over all runs. */
  readonly sentBytes: number;
  /** Parts that were under way at the kills: only these may be sent twice. */
  readonly cutParts: number;
  readonly partBytes: number;
  /** How the last run ended, and what it said. */
  readonly code: number | null;
  readonly said: string;
};

/** Puts one file, kills the program again and again, and runs the same command after each kill. */
export async function putThroughKills(
  server: ServerAccess,
  { mebibytes, kills, seed }: KilledPutOptions,
): Promise<KilledPut> {
  const random = openRandom('kills', seed);
  const onPart = openCounter();
  const proxy = await startProxy({
    target: server.endpoint,
    onEnd: ({ operation, outcome }) => {
      if (operation === 'UploadPart' && outcome === 'answered') onPart.count();
    },
  });
  const place = await openWorkspace(server, { endpoint: proxy.endpoint });
  try {
    const file = join(place.dir, 'large.img');
    const partBytes = (mebibytes >= 1024 ? 8 : 5) * MiB;
    const parts = Math.ceil((mebibytes * MiB) / partBytes);
    // So that the last kill still finds something to interrupt.
    const latest = Math.max(1, Math.floor((parts - 1) / kills) - LANES);
    const args = ['put', '-s', String(partBytes), '-c', String(LANES), file, place.location('large.img')];
    await writeSparse(file, mebibytes);

    const moments = Array.from({ length: kills }, () => random.whole(1, latest));
    const forgetAfter = random.whole(0, kills - 1);
    for (const [index, moment] of moments.entries()) {
      const put = place.start(args);
      await Promise.race([onPart.reach(moment), put.ended]);
      put.signal('SIGKILL');
      const { signal, code, stderr } = await put.ended;
      if (signal !== 'SIGKILL') throw new Error(`run ${index + 1} ended with ${code} before: ${stderr}`);
      if (index === forgetAfter) await forget(place);
    }
    const { code, stderr } = await place.partwise(args);
    const sent = proxy.requests.filter(({ operation }) => operation === 'UploadPart');
    return {
      moments,
      isSame: (await digestOfObject(place, 'large.img')) === (await digestOfFile(file)),
      uploadsLeft: await listUploads(place),
      sizeBytes: mebibytes * MiB,
      sentBytes: sent.reduce((sum, { requestBytes }) => sum + requestBytes, 0),
      cutParts: sent.filter(({ outcome }) => outcome !== 'answered').length,
      partBytes,
      code,
      said: stderr,
    };
  } finally {
    await place.close();
    await proxy.close();
  }
}

/** Takes from the machine what it remembers, as on a new one. */
async function forget(place: Workspace): Promise<void> {
  await rm(join(dirname(place.dir), '.local'), { recursive: true });
}

/** Large on paper, small on the disk, and no MiB of it like another. */
async function writeSparse(path: string, mebibytes: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(mebibytes * MiB);
  for (let index = 0; index < mebibytes; index++)
    await file.write(`MiB ${index}`, index * MiB + ((index * 7919) % 1000));
}
