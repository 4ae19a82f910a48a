import type { PartSum } from './combine.ts';
import type { Engine } from './engine.ts';
import { fewRanges, lengthOf, type Ranges, rangesOf } from './plan.ts';
import type { JournalPage, RememberedPart } from './journal.ts';
import type { Partials, Sink } from './ends.ts';
import type { Algorithm, ObjectInfo, ObjectLocation } from './ports.ts';

/** Where a get begins: its plan, and the parts that an earlier run left in the sink. */
export type DownloadStart = {
  readonly plan: Ranges;
  readonly done: Map<number, PartSum>;
  /** Why nothing that was kept is used again; `null` when nothing was kept, or it is used. */
  readonly because: string | null;
};

/** Locks what this machine remembers of this get; nothing where the sink keeps nothing. */
export async function openDownloadPage(
  engine: Engine,
  object: ObjectLocation,
  sink: Sink,
): Promise<JournalPage | undefined> {
  const { journal, store } = engine;
  if (!journal || !sink.partials) return undefined;
  const { identity } = sink.partials;
  return await journal.open({
    direction: 'get',
    endpoint: store.endpoint,
    object: store.describe(object),
    local: identity,
  });
}

export type BeginOptions = {
  readonly partSize: number;
  readonly isPartSizeGiven: boolean;
  /** The sums of parts that the object will be proven by. */
  readonly algorithms: readonly Algorithm[];
  readonly signal: AbortSignal;
};

/**
 * Opens the sink: with what an earlier run kept of this very version of the object, or empty. What was kept of
 * another version is removed. A kept part counts only if its bytes still give the sum they had.
 */
export async function beginDownload(
  engine: Engine,
  info: ObjectInfo,
  sink: Sink,
  page: JournalPage | undefined,
  options: BeginOptions,
): Promise<DownloadStart> {
  // In order, every range waits in memory, and nothing is remembered of it: it must not grow with the object.
  const plan = (sink.order === 'in-order' ? rangesOf : fewRanges)(info.size, options.partSize);
  const { partials } = sink;
  if (!page || !partials) {
    await sink.open(info.size);
    return { plan, done: new Map(), because: null };
  }
  const shape = versionOf(info);
  const kept = await reopen(info, partials, page, shape, options);
  const start = kept.plan
    ? {
        plan: kept.plan,
        done: await verifyKept(engine, sink, kept.plan, page.parts, options),
        because: null,
      }
    : { plan, done: new Map<number, PartSum>(), because: kept.because };
  if (!kept.plan) await sink.open(info.size);
  const entry = { size: info.size, partSize: start.plan.partSize, shape, begunAt: engine.run.clock.now() };
  await page.save({ ...entry, reference: partials.name() });
  for (const [number, { size, sums }] of start.done)
    await page.addPart({ number, size, sums, etag: info.etag ?? '' });
  return start;
}

/** What pins the bytes of an object; an object without an ETag is never taken to be the same. */
function versionOf({ etag, versionId }: ObjectInfo): string {
  return etag === undefined ? '' : JSON.stringify([etag, versionId ?? null]);
}

async function reopen(
  info: ObjectInfo,
  partials: Partials,
  page: JournalPage,
  shape: string,
  options: { readonly partSize: number; readonly isPartSizeGiven: boolean },
): Promise<{ readonly plan?: Ranges; readonly because: string | null }> {
  const { entry } = page;
  if (!entry?.reference) return { because: null };
  const isSame = shape !== '' && entry.shape === shape && entry.size === info.size;
  const fits = !options.isPartSizeGiven || entry.partSize === options.partSize;
  const plan = fewRanges(info.size, entry.partSize);
  // No run cuts an object otherwise: the page is damaged.
  const isPossible = plan.partSize === entry.partSize;
  if (isSame && fits && isPossible && (await partials.reopen(entry.reference, info.size)))
    return { plan, because: null };
  await partials.forget(entry.reference);
  return { because: isSame ? 'what was kept of it cannot be used' : 'the object is another one now' };
}

/** Reads every remembered part again: power may have failed before it was on the disk, or somebody wrote there. */
async function verifyKept(
  engine: Engine,
  sink: Sink,
  plan: Ranges,
  remembered: readonly RememberedPart[],
  { algorithms, signal }: BeginOptions,
): Promise<Map<number, PartSum>> {
  const done = new Map<number, PartSum>();
  for (const { number, size, sums } of remembered) {
    const part = plan.part(number);
    if (!part || lengthOf(part) !== size || sums.crc32 === undefined) continue;
    // The earlier run may have looked for another proof, or for none.
    const digest = engine.hasher([...new Set<Algorithm>(['crc32', ...algorithms])]);
    for await (const bytes of sink.reread({ signal, range: part })) digest.update(bytes);
    const found = digest.digest();
    if (found.crc32 === sums.crc32) done.set(number, { size, sums: found });
  }
  return done;
}
