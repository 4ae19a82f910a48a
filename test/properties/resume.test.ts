import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FindUploads } from '../../src/transfer/start.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { upload, type UploadOptions } from '../../src/transfer/upload.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { memorySetting, type Setting, TARGET } from '../support/memory/engine.ts';
import { type MemoryJournal, memoryJournal } from '../support/memory/journal.ts';
import { memorySource } from '../support/memory/source.ts';

const PART = 50;

type Machine = { readonly setting: Setting; readonly journal: MemoryJournal };

/** One put on a machine that remembers, interrupted after so many events. */
async function put(
  { setting, journal }: Machine,
  bytes: Uint8Array,
  options: UploadOptions & { readonly stopAfter?: number } = {},
): Promise<TransferResult | undefined> {
  const { stopAfter = Number.POSITIVE_INFINITY, ...more } = options;
  const controller = new AbortController();
  let events = 0;
  const { engine, clock } = setting;
  const emit: typeof engine.run.emit = (event) => {
    engine.run.emit(event);
    if (events++ === stopAfter) controller.abort();
  };
  const source = { ...memorySource(bytes, { clock }), identity: async () => '/file' };
  const watched = { ...engine, journal, run: { ...engine.run, emit } };
  const [settled] = await Promise.allSettled([
    upload(watched, source, TARGET, { partSize: PART, minPartSize: 1, signal: controller.signal, ...more }),
  ]);
  if (settled.status === 'fulfilled') return settled.value;
  expect(settled.reason).toMatchObject({ kind: 'interrupted' });
  return undefined;
}

const machines = fc.record({
  size: fc.integer({ min: PART + 1, max: 6 * PART + 1 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  echoes: fc.boolean(),
  stopAfter: fc.nat(40),
});

function machineOf({ concurrency, echoes }: { concurrency: number; echoes: boolean }): Machine {
  return { setting: memorySetting({ concurrency, echoes, maxMemory: 1000 }), journal: memoryJournal() };
}

/** The parts the store holds of its one unfinished upload. */
function partsThere({ store }: Setting): ReadonlySet<number> {
  const [unfinished] = store.uploads.values();
  return new Set(unfinished?.parts.keys());
}

describe('a put that was interrupted after any event', () => {
  test('ends in the same bytes when it is run again, and sends no part twice that is there', async () => {
    await fc.assert(
      fc.asyncProperty(machines, async ({ size, stopAfter, ...world }) => {
        const machine = machineOf(world);
        const { setting, journal } = machine;
        const bytes = patternBytes(size);
        const first = await put(machine, bytes, { stopAfter });
        const there = partsThere(setting);
        const before = setting.store.calls.count('uploadPart');
        const second = first ?? (await put(machine, bytes));
        expect(Buffer.from(setting.store.objects.get('key')?.bytes ?? []).equals(bytes)).toBe(true);
        expect(setting.store.uploads.size).toBe(0);
        expect(journal.size).toBe(0);
        expect(journal.locked.size).toBe(0);
        if (!first) {
          expect(second?.resumedParts).toBe(there.size);
          expect(setting.store.calls.count('uploadPart') - before).toBe(Math.ceil(size / PART) - there.size);
        }
      }),
    );
  });

  test('ends in the new bytes when the file was edited meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(machines, fc.nat(1000), async ({ size, stopAfter, ...world }, at) => {
        const machine = machineOf(world);
        const bytes = patternBytes(size);
        await put(machine, bytes, { stopAfter });
        const edited = bytes.slice();
        edited[at % size] = (edited[at % size] ?? 0) ^ 0xff;
        await put(machine, edited);
        const { store } = machine.setting;
        expect(Buffer.from(store.objects.get('key')?.bytes ?? []).equals(edited)).toBe(true);
        expect(store.uploads.size).toBe(0);
      }),
    );
  });

  test('is taken up where nothing is remembered only if every part verifies', async () => {
    await fc.assert(
      fc.asyncProperty(machines, fc.boolean(), async ({ size, stopAfter, ...world }, isEdited) => {
        const machine = machineOf(world);
        const { setting, journal } = machine;
        const bytes = patternBytes(size);
        const first = await put(machine, bytes, { stopAfter });
        if (first) return;
        const there = partsThere(setting);
        const isLeft = setting.store.uploads.size > 0;
        journal.forget();
        const now = bytes.slice();
        if (isEdited) now[0] = (now[0] ?? 0) ^ 0xff;
        const second = await put(machine, now);
        expect(Buffer.from(setting.store.objects.get('key')?.bytes ?? []).equals(now)).toBe(true);
        const mayTakeUp = there.size > 0 && !(isEdited && there.has(1));
        expect(second?.resumedParts).toBe(mayTakeUp ? there.size : 0);
        // What was not taken up is somebody's: it is left alone.
        expect(setting.store.uploads.size).toBe(isLeft && !mayTakeUp ? 1 : 0);
      }),
    );
  });

  test('leaves nothing when it may not be resumed', async () => {
    await fc.assert(
      fc.asyncProperty(machines, async ({ size, stopAfter, ...world }) => {
        const machine = machineOf(world);
        await put(machine, patternBytes(size), { stopAfter, resume: 'never' });
        expect(machine.setting.store.uploads.size).toBe(0);
        expect(machine.journal.size).toBe(0);
      }),
    );
  });
});

describe('an upload that was begun with others', () => {
  const bytes = patternBytes(4 * PART + 7);
  const interrupted = async (): Promise<Machine> => {
    const machine = machineOf({ concurrency: 1, echoes: true });
    await put(machine, bytes, { stopAfter: 8 });
    expect(partsThere(machine.setting).size).toBeGreaterThan(0);
    return machine;
  };

  test.each<[string, UploadOptions, Uint8Array]>([
    ['another part size', { partSize: PART + 1 }, bytes],
    ['another content type', { object: { contentType: 'text/plain' } }, bytes],
    ['another size', {}, bytes.subarray(1)],
  ])('is not taken up for %s, and is left alone', async (_, options, now) => {
    const machine = await interrupted();
    const result = await put(machine, now, options);
    expect(result).toMatchObject({ resumedParts: 0 });
    expect(machine.setting.store.uploads.size).toBe(1);
    const planned = machine.setting.events.findLast(({ type }) => type === 'transfer.planned');
    expect(planned).toMatchObject({ notResumedBecause: expect.stringContaining('is left alone') });
  });

  test('is begun afresh where unfinished uploads cannot be listed', async () => {
    const machine = await interrupted();
    machine.journal.forget();
    const { TransferError } = await import('../../src/transfer/errors.ts');
    const findUploads: FindUploads = () => Promise.reject(new TransferError('denied', 'may not list'));
    expect(await put(machine, bytes, { findUploads })).toMatchObject({ resumedParts: 0 });
  });
});
