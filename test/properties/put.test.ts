import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { UploadStoppedError } from '../../src/transfer/tidy-up.ts';
import { upload } from '../../src/transfer/upload.ts';
import { uploadStream } from '../../src/transfer/upload-stream.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { VIRTUAL_START } from '../support/memory/clock.ts';
import type { Fault } from '../support/memory/faults.ts';
import { memorySetting, type Setting, type SettingOptions, TARGET } from '../support/memory/engine.ts';
import { memorySource, memoryStream } from '../support/memory/source.ts';
import {
  anyPutFaults,
  ATTEMPTS,
  brokenOf,
  brokenProgress,
  endsWith,
  inTurn,
  PART_SIZE,
  passingPutFaults,
  type World,
  worlds,
} from './worlds.ts';
import { assertOverFaults } from './rule-file.ts';

type Way = {
  readonly name: string;
  /** The most parts this way moves at once, whatever the concurrency. */
  readonly lanes: number;
  readonly memoryOf: (world: World) => number;
  readonly send: (setting: Setting, bytes: Uint8Array, signal: AbortSignal) => Promise<TransferResult>;
};

const WAYS: readonly Way[] = [
  {
    name: 'a file',
    lanes: 8,
    memoryOf: ({ maxMemory }) => maxMemory,
    send: ({ engine, clock }, bytes, signal) =>
      upload(engine, memorySource(bytes, { clock }), TARGET, { partSize: PART_SIZE, minPartSize: 1, signal }),
  },
  {
    name: 'a stream',
    lanes: 2,
    // It plans for parts of 5 MiB at least, though it is cut into small ones here.
    memoryOf: () => 64 * 1024 ** 2,
    send: ({ engine }, bytes, signal) => uploadStream(engine, memoryStream(bytes, 37), TARGET, { signal }),
  },
];

type Outcome = Setting & {
  readonly bytes: Uint8Array;
  readonly faults: readonly Fault[];
  readonly result: TransferResult | undefined;
  readonly error: unknown;
};

/** One put from beginning to end, whatever the end is. */
async function run(
  way: Way,
  world: World,
  faults: readonly Fault[],
  options: SettingOptions & { signal?: AbortSignal } = {},
): Promise<Outcome> {
  const { concurrency, echoes, latencies } = world;
  const setting = memorySetting({
    faults,
    concurrency,
    echoes,
    attempts: ATTEMPTS,
    cutSize: PART_SIZE,
    latencyMs: inTurn(latencies),
    maxMemory: way.memoryOf(world),
    ...options,
  });
  const bytes = patternBytes(world.size);
  setting.store.place('key', oldBytes(world));
  const signal = options.signal ?? new AbortController().signal;
  const [settled] = await Promise.allSettled([way.send(setting, bytes, signal)]);
  return {
    ...setting,
    bytes,
    faults,
    result: settled.status === 'fulfilled' ? settled.value : undefined,
    error: settled.status === 'rejected' ? settled.reason : undefined,
  };
}

/** What must hold after any end, and does not. */
function flawsOf(outcome: Outcome, way: Way, world: World): readonly string[] {
  const { store, events, faults, result, error, bytes, clock, pool } = outcome;
  const stored = Buffer.from(store.objects.get('key')?.bytes ?? []);
  const isDamaged = faults.some(({ kind }) => kind === 'corrupt-stored');
  const left = [...store.uploads.keys()];
  const said =
    error instanceof UploadStoppedError && error.upload.state !== 'aborted' ? [error.upload.uploadId] : [];
  const counted = [...store.calls.countedPerSubject('uploadPart').values()];
  return brokenOf({
    'it stored the same bytes, or failed with an error of ours': result
      ? stored.equals(bytes)
      : error instanceof TransferError,
    'the key has the whole old or the whole new object':
      stored.equals(bytes) || stored.equals(oldBytes(world)) || isDamaged,
    'no request is under way': store.calls.inFlight === 0,
    'nobody sleeps': clock.sleeping() === 0,
    'no upload is left behind without a word': left.every((id) => said.includes(id)),
    'no more parts moved at once than allowed':
      store.calls.peakLanes <= Math.min(world.concurrency, way.lanes),
    'no more memory was used than allowed':
      pool.peakBytes <= Math.min(world.maxMemory, world.concurrency * PART_SIZE),
    'no part had more attempts than allowed': counted.every((count) => count <= ATTEMPTS),
    'no more requests were made than allowed': store.calls.log.length <= MOST_REQUESTS,
    'it ended in bounded time': clock.now() - VIRTUAL_START <= MOST_MS,
    'what is done was looked at after it was completed': !result || isProven(outcome),
    'progress was honest': brokenProgress(events) === undefined,
    'the end was told once, and last': endsWith(events, result ? 'transfer.done' : 'transfer.stopped'),
  });
}

/** Six parts with all their attempts, and what an outage of five minutes takes to be noticed, several times. */
const MOST_REQUESTS = 6 * ATTEMPTS + 400;
/** Patience of five minutes for each of: begin, the parts, complete, the proof; and the backoff between attempts. */
const MOST_MS = 40 * 60_000;

/** One request proves itself by its answer; an upload by a look after the last thing that changed it. */
function isProven({ store, result }: Outcome): boolean {
  if (!result?.uploadId) return true;
  const verbs = store.calls.log.map(({ verb }) => verb);
  return verbs.lastIndexOf('stat') > verbs.lastIndexOf('completeUpload');
}

/** An older object of the same size: existence and size prove nothing. */
function oldBytes({ size }: World): Uint8Array {
  return patternBytes(size, 99);
}

describe.each(WAYS)('putting $name', (way) => {
  test('ends in the same bytes after any faults that pass', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, passingPutFaults, async (world, faults) => {
        const outcome = await run(way, world, faults);
        expect(outcome.error).toBeUndefined();
        expect(outcome.result).toMatchObject({ bytes: world.size });
        expect(outcome.result?.verified.by).not.toBe('size');
        expect(flawsOf(outcome, way, world)).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  test('ends in the same bytes or in an error after any faults, and leaves nothing unsaid', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, anyPutFaults, async (world, faults) => {
        expect(flawsOf(await run(way, world, faults), way, world)).toEqual([]);
      }),
      { numRuns: 350 },
    );
  });

  test('sends no abort after a Complete whose outcome is unknown', async () => {
    // A store that swears that nothing is there makes the outcome known.
    const faults = anyPutFaults.map((all) =>
      all.filter(({ op, kind }) => op !== 'stat' || kind !== 'not-found'),
    );
    await assertOverFaults(
      fc.asyncProperty(worlds, faults, fc.nat(80), async (world, faults, stopAfter) => {
        const controller = new AbortController();
        let seen = 0;
        const { store, error } = await run(way, world, faults, {
          signal: controller.signal,
          emit: () => void (seen++ === stopAfter && controller.abort()),
        });
        const endings = store.calls.endings('completeUpload');
        const isUnknown = endings.some(leavesOpen) && !endings.includes(undefined);
        fc.pre(isUnknown);
        expect(store.calls.count('abortUpload')).toBe(0);
        // Unless a look proved that it worked.
        if (error)
          expect(error).toMatchObject({ upload: { state: expect.stringMatching(/^(?:left|gone)$/) } });
        else expect(store.objects.get('key')?.partSizes).toBeDefined();
      }),
      { numRuns: 120 },
    );
  });

  test('has nothing under way any more when an interruption after any event has settled', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, anyPutFaults, fc.nat(40), async (world, faults, stopAfter) => {
        const controller = new AbortController();
        let seen = 0;
        const outcome = await run(way, world, faults, {
          signal: controller.signal,
          emit: () => void (seen++ === stopAfter && controller.abort()),
        });
        expect(flawsOf(outcome, way, world)).toEqual([]);
      }),
      { numRuns: 350 },
    );
  });

  test('is interrupted, and by nothing else, when all else is well', async () => {
    await assertOverFaults(
      fc.asyncProperty(worlds, passingPutFaults, fc.nat(40), async (world, faults, stopAfter) => {
        const controller = new AbortController();
        let seen = 0;
        const outcome = await run(way, world, faults, {
          signal: controller.signal,
          emit: () => void (seen++ === stopAfter && controller.abort()),
        });
        expect(flawsOf(outcome, way, world)).toEqual([]);
        if (outcome.error) expect(outcome.error).toMatchObject({ kind: 'interrupted' });
        if (!controller.signal.aborted) expect(outcome.result).toBeDefined();
      }),
      { numRuns: 250 },
    );
  });
});

/** Whether nobody can tell from this end of a Complete if the object was made. */
function leavesOpen(error: unknown): boolean {
  return error instanceof TransferError && (error.recovery !== 'never' || error.kind === 'interrupted');
}
