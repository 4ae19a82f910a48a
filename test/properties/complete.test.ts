import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/transfer/errors.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { virtualClock } from '../support/memory/clock.ts';
import { TARGET } from '../support/memory/engine.ts';
import type { Fault } from '../support/memory/faults.ts';
import type { Habits } from '../support/memory/state.ts';
import { memoryJournal } from '../support/memory/journal.ts';
import { memoryStore, type MemoryStoreOptions } from '../support/memory/store.ts';
import { type Written, write } from '../support/memory/writers.ts';

const NEVER = new AbortController().signal;
const SIZE = 250;
const WRITERS = 4;
/** With four writers in each, ten thousand uploads. */
const WORLDS = 2500;

/** Servers that keep to what they say, by what they tell of an object of parts. */
const KINDS = {
  aws: {},
  'aws with composite checksums': { sums: 'composite', dates: 'create' },
  'aws with kms': { etags: 'named', objectEtags: 'own', dates: 'create' },
  'kms without checksums': { echoes: false, etags: 'named', objectEtags: 'own', dates: 'create' },
  'kms without an ETag in Complete': { echoes: false, etags: 'named', answers: 'nothing' },
  versitygw: { answers: 'request', lies: 'by-request' },
  'versitygw without checksums': { echoes: false, answers: 'request', lies: 'by-request' },
  radosgw: { echoes: false, answers: 'nothing' },
  'rclone 1.75': { echoes: false, objectEtags: 'whole-md5', answers: 'request' },
  'rclone 1.76': { echoes: false, objectEtags: 'whole-md5', repeatsComplete: true },
  gofakes3: { echoes: false, objectEtags: 'whole-md5', answers: 'request', dates: 'create' },
  'ETags of its own': { echoes: false, objectEtags: 'own' },
  s3mock: { abortDeletes: true, repeatsComplete: true },
} as const satisfies Record<string, MemoryStoreOptions>;

/** What may happen to one upload just before its Complete is carried out. */
type Accident = 'nothing' | 'aborted' | 'replaced' | 'aborted and replaced';

type Script = {
  readonly how: 'file' | 'stream';
  readonly faults: readonly Fault['kind'][];
  readonly accident: Accident;
  readonly startsAfterMs: number;
  readonly latencyMs: number;
};

const scripts: fc.Arbitrary<Script> = fc.record({
  how: fc.constantFrom('file', 'stream'),
  faults: fc.array(
    fc.constantFrom('lost-reply', 'lost-in-server', 'ignored', 'server', 'not-found', 'corrupt-stored'),
    { maxLength: 5 },
  ),
  accident: fc.constantFrom('nothing', 'aborted', 'replaced', 'aborted and replaced'),
  startsAfterMs: fc.integer({ min: 0, max: 40 }),
  latencyMs: fc.integer({ min: 0, max: 9 }),
});

const worlds = fc.record({
  kind: fc.constantFrom<MemoryStoreOptions[]>(...Object.values(KINDS)),
  lies: fc.constantFrom('never', 'by-request', 'by-object'),
  writers: fc.array(scripts, { minLength: WRITERS, maxLength: WRITERS }),
});

/** Four writers of one key at a time, on a server where an older object of that size is. */
async function race(
  kind: MemoryStoreOptions,
  lies: Habits['lies'],
  writers: readonly Script[],
): Promise<readonly Written[]> {
  const clock = virtualClock();
  const server = memoryStore({ ...kind, clock });
  server.place(TARGET.key, patternBytes(SIZE, 99));
  await clock.sleep(60_000, { signal: NEVER });
  return await Promise.all(
    writers.map(async ({ how, faults, accident, startsAfterMs, latencyMs }, index) => {
      await clock.sleep(startsAfterMs, { signal: NEVER });
      let isOver = false;
      return await write(patternBytes(SIZE, index), how, {
        ...kind,
        lies: lies === 'by-object' && !tellsContent(kind) ? 'by-request' : lies,
        clock,
        shares: server,
        latencyMs: () => latencyMs,
        faults: faults.map((fault, nth) => ({ op: 'completeUpload', nth: nth + 1, kind: fault })),
        meanwhile({ verb }, { uploads }) {
          if (verb !== 'completeUpload' || isOver) return;
          isOver = true;
          if (accident.includes('aborted')) uploads.clear();
          if (accident.includes('replaced')) server.place(TARGET.key, patternBytes(SIZE, 10 + index));
        },
      });
    }),
  );
}

/**
 * Whether an object's content can be compared. Where not, an ETag that Complete answers for the object of another
 * writer who came in between cannot be told from the right one (docs/explanation/integrity.md).
 */
function tellsContent({ echoes, objectEtags }: MemoryStoreOptions): boolean {
  return echoes !== false || objectEtags === 'whole-md5';
}

describe('the proof after Complete', () => {
  test('never takes another object, or an older one, for the one that was sent', async () => {
    const ends = { done: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(worlds, async ({ kind, lies, writers }) => {
        for (const { bytes, result, error, seen } of await race(kind, lies, writers)) {
          if (result) expect(Buffer.from(seen ?? []).equals(bytes)).toBe(true);
          else expect(error).toBeInstanceOf(TransferError);
          ends[result ? 'done' : 'failed']++;
        }
      }),
      { numRuns: WORLDS },
    );
    // Neither all luck nor all refusal.
    expect(ends.done).toBeGreaterThan(WORLDS / 4);
    expect(ends.failed).toBeGreaterThan(WORLDS / 4);
  });

  describe.each(Object.entries(KINDS))('on a server like %s', (name, kind) => {
    test('succeeds for an upload that was interrupted and is taken up', async () => {
      const clock = virtualClock();
      const server = memoryStore({ ...kind, clock });
      const journal = memoryJournal();
      const bytes = patternBytes(SIZE);
      const options = { ...kind, clock, shares: server, journal };
      const part = { op: 'uploadPart', part: 3, kind: 'server' } as const;
      const first = await write(bytes, 'file', { ...options, faults: [part] });
      expect(first.error).toMatchObject({ upload: { state: 'kept' } });
      await clock.sleep(60_000, { signal: NEVER });
      const second = await write(bytes, 'file', options);
      // Without an MD5 or a checksum no part can be shown to hold these bytes.
      expect(second.result?.resumedParts).toBe(name.startsWith('kms') ? 0 : 2);
      expect(server.objects.get(TARGET.key)?.bytes).toEqual(bytes);
    });

    test.each(['file', 'stream'] as const)(
      'succeeds for a %s, over an older object and twice',
      async (how) => {
        const clock = virtualClock();
        const server = memoryStore({ ...kind, clock });
        server.place(TARGET.key, patternBytes(SIZE, 99));
        await clock.sleep(60_000, { signal: NEVER });
        for (let time = 1; time <= 2; time++) {
          const { bytes, result, seen, error } = await write(patternBytes(SIZE), how, {
            ...kind,
            clock,
            shares: server,
          });
          expect(error).toBeUndefined();
          expect(result?.verified.by === 'size').toBe(name.startsWith('kms'));
          expect(seen).toEqual(bytes);
          await clock.sleep(60_000, { signal: NEVER });
        }
      },
    );
  });
});
