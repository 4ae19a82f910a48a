import { spawnSync } from 'node:child_process';
import type { Bench } from './case.ts';
import type { Contestant } from './contestant.ts';
import { findPartwise, PROGRAM } from './peers/partwise.ts';
import { PEERS } from './peers/peers.ts';

type Found = Pick<Bench, 'partwise' | 'peers' | 'parallelListers'>;

/** Finds partwise and the peers that are here, and those of them that were asked for. */
export async function findContestants(
  names: readonly string[] | undefined,
  before: string | undefined,
  skip: Bench['skip'],
): Promise<Found> {
  const unknown = names?.find((name) => !PEERS.some((peer) => peer.name === name));
  if (unknown !== undefined)
    throw new Error(`--peers ${unknown}: none of ${PEERS.map(({ name }) => name).join(', ')}`);
  const peers: Contestant[] = before === undefined ? [] : [await findPartwise([], before)];
  for (const peer of PEERS.filter(({ name }) => names?.includes(name) ?? true)) {
    const found = await peer.find();
    if ('skipped' in found) skip(peer.name, found.skipped);
    else peers.push(found);
  }
  return { partwise: await findPartwise(), peers, parallelListers: await findParallelListers() };
}

async function findParallelListers(): Promise<Contestant[]> {
  const { stdout } = spawnSync(process.execPath, [PROGRAM, 'ls', '--help'], { encoding: 'utf8' });
  if (!stdout.includes('--parallel')) return [];
  return await Promise.all(['8', '32'].map((ranges) => findPartwise(['--parallel', ranges])));
}
