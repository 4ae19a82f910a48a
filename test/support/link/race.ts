import { createEngine } from '../../../src/transfer/engine.ts';
import { download } from '../../../src/transfer/download.ts';
import type { Direction, TransferEvent } from '../../../src/transfer/events.ts';
import { exactly } from '../../../src/transfer/gate.ts';
import type { Pace } from '../../../src/transfer/pace.ts';
import { MIB } from '../../../src/transfer/plan.ts';
import type { Sink, Source } from '../../../src/transfer/ends.ts';
import type { RunOptions } from '../../../src/transfer/run.ts';
import { upload } from '../../../src/transfer/upload.ts';
import { virtualClock } from '../memory/clock.ts';
import { memoryCut } from '../memory/cut.ts';
import { createLine, type LineOptions } from './line.ts';
import { linkStore, type LinkStoreOptions, NO_SUMS } from './store.ts';

/** A line, what goes wrong on it, and what is sent over it. */
export type Track = Omit<LineOptions, 'clock'> &
  Pick<LinkStoreOptions, 'bufferBytes'> & {
    readonly direction: Direction;
    readonly sizeBytes: number;
    readonly partSize?: number;
    /** What goes wrong, by the parts that are under way and the time since the beginning. */
    readonly trouble?: (
      lanes: number,
      elapsedMs: number,
    ) => ReturnType<NonNullable<LinkStoreOptions['trouble']>>;
  };

export type Outcome = {
  readonly elapsedMs: number;
  /** The most parts that were on the line at a time. */
  readonly peakLanes: number;
  readonly endLanes: number;
  readonly paces: readonly { readonly atMs: number; readonly lanes: number; readonly because: string }[];
  /** Milliseconds at which parts arrived. */
  readonly arrivals: readonly number[];
  readonly learned: number | undefined;
  /** How often the server had enough. */
  readonly refusals: number;
  /** Nobody holds a lane any more. */
  readonly isIdle: boolean;
};

const ROOMY = 1024 * MIB;

/** One transfer from beginning to end, in virtual time. */
export async function race(track: Track, options: RunOptions = {}): Promise<Outcome> {
  const clock = virtualClock();
  const line = createLine({ ...track, clock });
  const { trouble } = track;
  const startedAt = clock.now();
  let refusals = 0;
  const store = linkStore({
    ...track,
    line,
    size: track.sizeBytes,
    trouble: () => {
      const what = trouble?.(line.lanes, clock.now() - startedAt) ?? {};
      if (what.isTooMuch) refusals++;
      return what;
    },
  });
  const events: { readonly atMs: number; readonly event: TransferEvent }[] = [];
  const emit = (event: TransferEvent): void => void events.push({ atMs: clock.now() - startedAt, event });
  const hasher = () => ({ update: () => undefined, digest: () => NO_SUMS });
  const tools = { store, hasher, cut: memoryCut() };
  const engine = createEngine(tools, { maxMemory: ROOMY, random: () => 0.5, ...options, clock, emit });
  const object = { bucket: 'bucket', key: 'key' };
  const { partSize } = track;
  if (track.direction === 'put') await upload(engine, source(track.sizeBytes), object, { partSize });
  else await download(engine, object, nowhere, { partSize, verify: false });
  return {
    elapsedMs: clock.now() - startedAt,
    peakLanes: line.peakLanes,
    endLanes: engine.run.pace.lanes,
    paces: events.flatMap(({ atMs, event }) => (event.type === 'pace.changed' ? [{ atMs, ...event }] : [])),
    arrivals: events.flatMap(({ atMs, event }) => (event.type === 'part.done' ? [atMs] : [])),
    learned: engine.run.pace.learned?.lanes,
    refusals,
    isIdle: await isIdle(engine.run.pace),
  };
}

/** Only into an empty room comes a part that is larger than all memory. */
async function isIdle(pace: Pace): Promise<boolean> {
  const entered = pace.enter(exactly(Number.MAX_SAFE_INTEGER), new AbortController().signal).then(() => true);
  return await Promise.race([entered, new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
}

function source(size: number): Source {
  return {
    name: 'file',
    size,
    read: () => Promise.resolve(),
    isSame: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  };
}

const nowhere: Sink = {
  name: 'nowhere',
  order: 'any',
  open: () => Promise.resolve(),
  write: () => Promise.resolve(),
  async *reread() {},
  commit: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};
