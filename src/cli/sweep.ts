import { formatBytes, formatCount } from '../report/units.ts';
import type { Engine } from '../transfer/engine.ts';
import { TransferError } from '../transfer/errors.ts';
import { inOrder } from '../transfer/in-order.ts';
import { listUploads } from '../transfer/list.ts';
import type { UnfinishedUpload } from '../transfer/ports.ts';
import {
  checkClocks,
  haveOwnTimes,
  inspectUpload,
  type InspectedUpload,
  judge,
  judgedByStart,
} from '../transfer/unfinished.ts';
import type { Console } from './console.ts';
import { liesUnder } from './locations.ts';
import { discard, failureOf, type UploadOutcome, type UploadOutcomes } from './upload-outcomes.ts';

/** Uploads that are looked at or aborted at a time. */
const LANES = 8;
const SKEW_WORTH_SAYING_MS = 5 * 60_000;

/** How one run of cleanup sweeps, and what it has seen so far. */
export type Sweep = {
  readonly engine: Engine;
  readonly console: Console;
  readonly olderThan: number;
  readonly dryRun: boolean;
  /** Judges by the beginning of an upload alone. */
  readonly byStart: boolean;
  /** Uploads a running put of this machine works on. */
  readonly owned: () => Promise<ReadonlySet<string>>;
  readonly outcomes: UploadOutcomes;
  readonly tally: { seen: number; young: number; active: number; stale: number };
  /** What an empty listing of a server leaves open. */
  readonly onDoubt: (sentence: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Aborts what is stale under a prefix of one bucket, in the order of the listing.
 * @returns why not all uploads could be listed; those that were are dealt with all the same
 * @throws TransferError when nothing can be judged
 */
export async function sweepBucket(sweep: Sweep, bucket: string, prefix: string): Promise<unknown> {
  const { signal, tally, outcomes } = sweep;
  const { listed, failure } = await listUnder(sweep, bucket, prefix);
  if (listed.length > 0) checkTimes(listed, sweep.console);
  const trustTimes = haveOwnTimes(listed);
  await inOrder(
    listed,
    LANES,
    new AbortController().signal,
    async (upload) => {
      // A signal lets none begin; those that are under way end by themselves.
      if (signal.aborted) return undefined;
      return await decide(sweep, trustTimes ? upload : { ...upload, initiated: undefined });
    },
    async (decision) => {
      if (!decision) return;
      tally.seen++;
      if (decision.counts) tally[decision.counts]++;
      if (decision.outcome) await outcomes.record(decision.outcome);
    },
  );
  return failure;
}

/** The uploads of the prefix, in memory: their times are judged together. */
async function listUnder(
  { engine, onDoubt, signal }: Sweep,
  bucket: string,
  prefix: string,
): Promise<{ readonly listed: readonly UnfinishedUpload[]; readonly failure: unknown }> {
  const listed: UnfinishedUpload[] = [];
  try {
    for await (const upload of listUploads(engine, bucket, prefix, { signal, onDoubt })) {
      // Looked at again here: no server's idea of a prefix decides what is destroyed.
      if (liesUnder(upload.key, prefix)) listed.push(upload);
    }
    return { listed, failure: undefined };
  } catch (error) {
    if (!(error instanceof TransferError) || error.kind === 'interrupted') throw error;
    return { listed, failure: error };
  }
}

function checkTimes(listed: readonly UnfinishedUpload[], console: Console): void {
  for (const { listedAt } of listed) {
    const { skewMs } = checkClocks(listedAt, Date.now());
    if (Math.abs(skewMs) <= SKEW_WORTH_SAYING_MS) continue;
    console.warn(
      `this machine's clock and the server's are ${Math.round(Math.abs(skewMs) / 60_000)} minutes apart; an upload is as old as the younger of both says`,
    );
    return;
  }
}

type Decision = {
  readonly counts?: 'young' | 'active' | 'stale';
  readonly outcome?: UploadOutcome;
};

async function decide(sweep: Sweep, upload: UnfinishedUpload): Promise<Decision> {
  const { engine, olderThan, signal } = sweep;
  // Begun lately: no part of it can be older, so its parts need not be asked for.
  const begun: InspectedUpload = { ...upload, parts: null, bytes: null, lastActivity: upload.initiated };
  const gone = { outcome: { upload: begun, action: 'gone', reason: 'it ended meanwhile' } } as const;
  // Asked anew for every upload: a put may take one up while this goes on.
  if ((await sweep.owned()).has(upload.uploadId))
    return {
      counts: 'active',
      outcome: { upload: begun, action: 'kept', reason: 'a put is running on this machine' },
    };
  if (judge(begun, olderThan, Date.now()).verdict === 'young') return { counts: 'young' };
  const inspected = await inspectUpload(engine, upload, signal);
  if (!inspected) return gone;
  const judged = sweep.byStart ? judgedByStart(inspected) : inspected;
  switch (judge(judged, olderThan, Date.now()).verdict) {
    case 'stale':
      return { counts: 'stale', outcome: await discard(engine, judged, sweep) };
    case 'young':
      return {
        counts: 'active',
        outcome: { upload: judged, action: 'kept', reason: 'parts arrived lately' },
      };
    case 'unknown': {
      // versitygw answers oddly of an upload that is being aborted by somebody else; a moment later it is gone.
      if (!(await inspectUpload(engine, upload, signal))) return gone;
      const message = `upload ${upload.uploadId} of s3://${upload.bucket}/${upload.key} was kept: activity unknown`;
      return { outcome: failureOf(judged, new TransferError('server', message)) };
    }
  }
}

/** The closing line for people. */
export function describeSweep({ tally, outcomes, dryRun }: Sweep): string {
  const { parts, bytes } = outcomes.freed();
  const action = dryRun
    ? `would abort ${outcomes.count('would-abort')}`
    : `aborted ${outcomes.count('aborted')}`;
  return [
    `seen ${tally.seen}`,
    `young ${tally.young}`,
    `active ${tally.active}`,
    action,
    `already gone ${outcomes.count('gone')}`,
    `failed ${outcomes.count('failed')}`,
    `${dryRun ? 'would free' : 'freed'} ${formatCount(parts)} ${parts === 1 ? 'part' : 'parts'}, ${formatBytes(bytes)}`,
  ].join('  ');
}
