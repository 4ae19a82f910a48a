import { setTimeout as sleep } from 'node:timers/promises';
import { openCounter } from '../support/processes/counter.ts';
import { openWorkspace, type ServerAccess } from '../support/processes/workspace.ts';
import { type ProxiedRequest, type Rule, startProxy } from '../support/proxy/proxy.ts';
import { drawRules } from './draw-rules.ts';
import {
  discardLeftovers,
  emptyBucket,
  type Excuse,
  excuseFor,
  judgeLeftovers,
  type Leftovers,
} from './leftovers.ts';
import { getFile, getStream, putFile, putStream } from './one-object.ts';
import { openRandom } from './random.ts';
import { type Run, runUntilDone } from './run-again.ts';
import type { Transfer } from './transfer.ts';
import { getTree, putTree } from './trees.ts';

/** A transfer that is over, and all that is known of it. */
export type Soaked = Pick<Transfer, 'what' | 'direction' | 'args' | 'bytes'> & {
  readonly rules: readonly Rule[];
  readonly runs: readonly Run[];
  readonly requests: readonly ProxiedRequest[];
  readonly leftovers: Leftovers;
  readonly excuse: Excuse | undefined;
  /** What must not be; no words when all is well. */
  readonly wrong: readonly string[];
};

const KINDS = [putFile, putFile, putFile, getFile, getFile, putStream, getStream, putTree, getTree] as const;

/** Draws a transfer and its faults, and runs it to its end. Everything is drawn from the seed and the number. */
export async function soakOne(server: ServerAccess, seed: number, number: number): Promise<Soaked> {
  const random = openRandom('transfer', seed, number);
  const answered = openCounter();
  const prepare = random.pick(KINDS);
  const proxy = await startProxy({
    target: server.endpoint,
    seed: seed + number,
    onEnd: ({ operation, outcome }) => {
      const isBody = ['UploadPart', 'PutObject', 'GetObject'].includes(operation);
      if (isBody && outcome === 'answered') answered.count();
    },
  });
  const place = await openWorkspace(server, { endpoint: proxy.endpoint });
  try {
    const transfer = await prepare(place, random, `${seed} ${number}`);
    const rules = drawRules(random, transfer.direction);
    proxy.setRules(rules);
    const runs = await runUntilDone(place, transfer, random, {
      answered,
      endFaults: () => proxy.setRules([]),
      async settle() {
        while (proxy.stats().inFlight > 0) await sleep(10);
      },
    });
    proxy.setRules([]);
    await proxy.up();
    // All that came of the faults; what tidies up below is not part of it.
    const requests = [...proxy.requests];
    // Not stdout: an id among the results tells nobody that something was kept.
    const said = runs.map(({ ended }) => ended.stderr).join('\n');
    const leftovers = await discardLeftovers(place, said);
    await emptyBucket(place);
    const { what, direction, args, bytes } = transfer;
    const excuse = excuseFor(transfer, runs, requests);
    const wrong = [...runs.flatMap((run) => run.wrong), ...judgeLeftovers(leftovers, excuse)];
    return { what, direction, args, bytes, rules, runs, requests, leftovers, excuse, wrong };
  } finally {
    await place.close();
    await proxy.close();
  }
}
