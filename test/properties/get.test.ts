import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { download } from '../../src/transfer/download.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { memorySetting, type Setting, type SettingOptions, TARGET } from '../support/memory/engine.ts';
import type { Fault } from '../support/memory/faults.ts';
import { type MemorySink, memorySink } from '../support/memory/sink.ts';
import {
  anyGetFaults,
  ATTEMPTS,
  brokenOf,
  brokenProgress,
  endsWith,
  inTurn,
  PART_SIZE,
  passingGetFaults,
  type World,
  worlds,
} from './worlds.ts';
import { assertOverFaults } from './rule-file.ts';

type Outcome = Setting & {
  readonly sink: MemorySink;
  readonly bytes: Uint8Array;
  readonly result: TransferResult | undefined;
  readonly error: unknown;
};

/** One get from beginning to end, whatever the end is. */
async function run(
  order: 'any' | 'in-order',
  world: World,
  faults: readonly Fault[],
  options: SettingOptions & { readonly signal?: AbortSignal } = {},
): Promise<Outcome> {
  const { latencies, ...limits } = world;
  // In order, a part may be no larger than half the memory: twice as much keeps the parts of these tests.
  const maxMemory = limits.maxMemory * 2;
  const setting = memorySetting({
    faults,
    attempts: ATTEMPTS,
    chunkSize: 33,
    latencyMs: inTurn(latencies),
    ...limits,
    maxMemory,
    ...options,
  });
  const bytes = patternBytes(world.size);
  setting.store.place('key', bytes);
  const sink = memorySink({ clock: setting.clock, order });
  const [settled] = await Promise.allSettled([
    download(setting.engine, TARGET, sink, { partSize: PART_SIZE, signal: options.signal }),
  ]);
  return {
    ...setting,
    sink,
    bytes,
    result: settled.status === 'fulfilled' ? settled.value : undefined,
    error: settled.status === 'rejected' ? settled.reason : undefined,
  };
}

/** What must hold after any end, and does not. */
function flawsOf(outcome: Outcome, world: World): readonly string[] {
  const { store, sink, events, result, error, bytes, clock, pool } = outcome;
  const counted = [...store.calls.countedPerSubject('read').values()];
  return brokenOf({
    'it fetched the same bytes, or failed with an error of ours': result
      ? Buffer.from(sink.bytes).equals(bytes)
      : error instanceof TransferError,
    'the sink was committed or discarded': sink.state === (result ? 'committed' : 'discarded'),
    'no request is under way': store.calls.inFlight === 0,
    'nobody writes or sleeps': sink.writing + clock.sleeping() === 0,
    'no more parts moved at once than allowed': store.calls.peakLanes <= world.concurrency,
    'no more memory was used than allowed':
      pool.peakBytes <= Math.min(2 * world.maxMemory, world.concurrency * PART_SIZE),
    'no part had more attempts than allowed': counted.every((count) => count <= ATTEMPTS),
    'progress was honest': brokenProgress(events) === undefined,
    'the end was told once, and last': endsWith(events, result ? 'transfer.done' : 'transfer.stopped'),
  });
}

describe.each(['any', 'in-order'] as const)('getting into a sink that takes writes in order: %s', (order) => {
  test('ends in the same bytes after any faults that pass', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, passingGetFaults, async (world, faults) => {
        const outcome = await run(order, world, faults);
        expect(outcome.error).toBeUndefined();
        expect(outcome.result?.verified.by).toBe(world.echoes ? 'checksum' : 'etag');
        expect(flawsOf(outcome, world)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('ends in the same bytes, or in an error and a discarded sink, after any faults', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, anyGetFaults, async (world, faults) => {
        expect(flawsOf(await run(order, world, faults), world)).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  test('has nothing under way any more when an interruption after any event has settled', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, passingGetFaults, fc.nat(60), async (world, faults, stopAfter) => {
        const controller = new AbortController();
        let seen = 0;
        const outcome = await run(order, world, faults, {
          signal: controller.signal,
          emit: () => void (seen++ === stopAfter && controller.abort()),
        });
        expect(flawsOf(outcome, world)).toEqual([]);
        if (outcome.error) expect(outcome.error).toMatchObject({ kind: 'interrupted' });
        if (!controller.signal.aborted) expect(outcome.result).toBeDefined();
      }),
      { numRuns: 250 },
    );
  });
});
