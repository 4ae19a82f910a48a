import { hasher } from '../../../src/local/hash.ts';
import { createEngine, type Engine } from '../../../src/transfer/engine.ts';
import type { TransferEvent } from '../../../src/transfer/events.ts';
import type { RunOptions } from '../../../src/transfer/run.ts';
import { type VirtualClock, virtualClock } from './clock.ts';
import { memoryCut } from './cut.ts';
import { type WatchedPool, watchPool } from './pool.ts';
import { type MemoryStore, memoryStore, type MemoryStoreOptions } from './store.ts';

export type Setting = {
  readonly engine: Engine;
  readonly store: MemoryStore;
  readonly clock: VirtualClock;
  readonly pool: WatchedPool;
  /** Everything the engine said, in order. */
  readonly events: readonly TransferEvent[];
  /** The types of the events, in order. */
  said(): readonly TransferEvent['type'][];
};

export type SettingOptions = MemoryStoreOptions &
  Omit<RunOptions, 'clock'> & {
    /** Streams are cut into parts of so many bytes, whatever the plan says. */
    readonly cutSize?: number | undefined;
    /** When virtual time begins. @default VIRTUAL_START */
    readonly startAt?: number | undefined;
  };

/** An engine over memory, with virtual time, a fixed chance, and everything it does on record. */
export function memorySetting(options: SettingOptions = {}): Setting {
  const clock = virtualClock(options.startAt);
  const events: TransferEvent[] = [];
  const store = memoryStore({ ...options, clock });
  const engine = createEngine(
    { store, hasher, cut: memoryCut({ partSize: options.cutSize }) },
    {
      random: () => 0.5,
      ...options,
      clock,
      emit: (event) => {
        events.push(event);
        options.emit?.(event);
      },
    },
  );
  const pool = watchPool(engine.run.buffers);
  return {
    engine: { ...engine, run: { ...engine.run, buffers: pool } },
    store,
    clock,
    pool,
    events,
    said: () => events.map(({ type }) => type),
  };
}

/** Where tests put and get their one object. */
export const TARGET = { bucket: 'box', key: 'key' };

/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded');
}
