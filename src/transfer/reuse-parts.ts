import { entriesOf } from './checksum.ts';
import type { Engine } from './engine.ts';
import type { Transfer } from './move-parts.ts';
import { withPermit } from './pace.ts';
import { inParallel } from './parallel.ts';
import { roomIn, withBody } from './part-body.ts';
import type { RememberedPart } from './journal.ts';
import type { Source } from './ends.ts';
import type { Algorithm, Receipt, UploadHandle } from './ports.ts';
import { type Candidate, isSamePart } from './resume.ts';
import { paged } from './retry.ts';
import type { SentPart } from './send-parts.ts';

/** All parts the server lists for an upload. */
export async function listAll(engine: Engine, handle: UploadHandle, signal: AbortSignal): Promise<Receipt[]> {
  const listed: Receipt[] = [];
  for await (const receipt of engine.store.listParts(handle, paged(engine, signal))) listed.push(receipt);
  return listed;
}

/** When the first of these parts came: a little later than the upload was created, for which nothing else may tell. */
export function firstPartAt(listed: readonly Receipt[]): Date | undefined {
  const times = listed.flatMap(({ lastModified }) => lastModified?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** Reads and sums the local bytes of every candidate; the ones that are the same are done. */
export async function verifyParts(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  candidates: readonly Candidate[],
  remembered: readonly RememberedPart[],
): Promise<SentPart[]> {
  const roomOf = roomIn(engine.run);
  const known = new Map(remembered.map((part) => [part.number, part]));
  const done: SentPart[] = [];
  // Reading and summing is this machine's own work: two lanes keep its disk and its processor busy.
  await inParallel(candidates, 2, transfer.signal, ({ part, receipt }, signal) =>
    withPermit(engine.run.pace, roomOf(part), signal, async (permit) => {
      const [listed] = entriesOf(receipt.sums);
      const wanted = sumsToTake(engine.store, listed?.[0]);
      const sums = await withBody(engine, source, part, wanted, signal, permit, (body) =>
        Promise.resolve(body.sums),
      );
      if (!isSamePart(sums, receipt, known.get(part.number))) return;
      const proof = listed ? ({ by: 'checksum', algorithm: listed[0] } as const) : ({ by: 'etag' } as const);
      done.push({ receipt, size: receipt.size, sums, proof });
    }),
  );
  return done;
}

/** What tells whether the bytes are those of a listed part, and what proves the object in the end. */
function sumsToTake({ wantedSums }: Engine['store'], listed: Algorithm | undefined): readonly Algorithm[] {
  return [...new Set([...wantedSums, listed ?? 'md5'])];
}
