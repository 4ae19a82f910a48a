import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanup } from '../../src/cli/work/cleanup.ts';
import { liesUnder } from '../../src/cli/locations.ts';
import { memoryContext } from '../support/memory/context.ts';
import { memorySetting, type Setting } from '../support/memory/engine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEYS = ['logs', 'logs/a', 'logs/b/c', 'logs-prod/a', 'other', 'lo'];
let state = '';
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'partwise-cleanup-'));
});
afterAll(() => rm(state, { recursive: true }));

/** An upload by its ages at the server's time, in minutes. */
type Draft = { readonly key: string; readonly begun: number; readonly parts: readonly number[] };

const drafts: fc.Arbitrary<readonly Draft[]> = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    begun: fc.integer({ min: 0, max: 600 }),
    parts: fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 3 }),
  }),
  { maxLength: 8 },
);
const worlds = fc.record({
  uploads: drafts,
  prefix: fc.constantFrom('', 'logs', 'logs/', 'l'),
  /** The server's clock against this machine's, in minutes. */
  skew: fc.integer({ min: -300, max: 300 }),
  olderThanMinutes: fc.integer({ min: 60, max: 500 }),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** A store that holds these uploads, by a clock that is off by so much. */
function settingOf({ uploads, skew }: World): Setting {
  const now = Date.now() + skew * MINUTE;
  const setting = memorySetting({ startAt: now, latencyMs: () => 0 });
  for (const [index, { key, begun, parts }] of uploads.entries()) {
    const uploadId = `upload-of-test-${index}`;
    // No two begin in one instant: servers that say so are not believed.
    const initiated = new Date(now - begun * MINUTE - index);
    const stored = parts.map((age, at) => {
      const part = { number: at + 1, bytes: new Uint8Array(10), etag: 'e', sums: {} };
      return [at + 1, { ...part, lastModified: new Date(now - age * MINUTE) }] as const;
    });
    setting.store.uploads.set(uploadId, { bucket: 'box', key, uploadId, initiated, parts: new Map(stored) });
  }
  return setting;
}

type Line = { readonly type: string; readonly action?: string; readonly uploadId?: string };

/** Runs the command over a store in memory. */
async function run(setting: Setting, { prefix, olderThanMinutes }: World, dryRun = false): Promise<Line[]> {
  const { context, out } = await memoryContext(setting.engine, { flags: { json: true, quiet: true }, state });
  const flags = { olderThan: olderThanMinutes * MINUTE, dryRun };
  const { exitCode } = await cleanup([`s3://box/${prefix}`], flags, context);
  expect(exitCode).toBe(0);
  return out()
    .split('\n')
    .filter(Boolean)
    .map((line): Line => JSON.parse(line));
}

const idsOf = (lines: readonly Line[], action: string): (string | undefined)[] =>
  lines.filter((line) => line.action === action).map(({ uploadId }) => uploadId);

describe('cleanup, whatever the uploads, their parts and the two clocks', () => {
  test('aborts just the uploads under the prefix that are old by both clocks', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const setting = settingOf(world);
        const lines = await run(setting, world);
        const aborted = idsOf(lines, 'aborted').filter((id) => id !== undefined);
        expect(aborted.filter((id) => setting.store.uploads.has(id))).toEqual([]);
        for (const [index, { key, begun, parts }] of world.uploads.entries()) {
          const age = Math.min(begun, ...parts);
          // By this machine's clock an upload of a server that is ahead is younger.
          const youngest = Math.min(age, age - world.skew);
          const isOurs = liesUnder(key, world.prefix);
          const isThere = setting.store.uploads.has(`upload-of-test-${index}`);
          if (!isOurs || youngest < world.olderThanMinutes - 1) expect(isThere).toBe(true);
          else if (youngest > world.olderThanMinutes + 1) expect(isThere).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('aborts what a dry run had listed, and a second run nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const setting = settingOf(world);
        // Ages around the limit may cross it between the runs.
        fc.pre(world.uploads.every(({ begun, parts }) => !isClose(Math.min(begun, ...parts), world)));
        const would = idsOf(await run(setting, world, true), 'would-abort');
        expect(setting.store.calls.count('abortUpload')).toBe(0);
        const did = idsOf(await run(setting, world), 'aborted');
        expect(did).toEqual(would);
        const before = setting.store.calls.count('abortUpload');
        expect(idsOf(await run(setting, world), 'aborted')).toEqual([]);
        expect(setting.store.calls.count('abortUpload')).toBe(before);
      }),
      { numRuns: 100 },
    );
  });

  test('aborts nothing when the clocks are more than a day apart', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.constantFrom(-25 * 60, 25 * 60, 1_000 * 60), async (world, skew) => {
        fc.pre(world.uploads.some(({ key }) => liesUnder(key, world.prefix)));
        const setting = settingOf({ ...world, skew });
        await expect(run(setting, world)).rejects.toMatchObject({ kind: 'server', recovery: 'never' });
        expect(setting.store.uploads.size).toBe(world.uploads.length);
      }),
      { numRuns: 50 },
    );
  });
});

function isClose(age: number, { olderThanMinutes, skew }: World): boolean {
  return Math.abs(Math.min(age, age - skew) - olderThanMinutes) <= 1;
}

test('a limit below an hour needs to be meant', async () => {
  const world: World = { uploads: [], prefix: '', skew: 0, olderThanMinutes: HOUR / MINUTE - 1 };
  await expect(run(settingOf(world), world)).rejects.toMatchObject({ kind: 'usage' });
});
