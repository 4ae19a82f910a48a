import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { upload } from '../../src/transfer/upload.ts';
import { parseRules, printRules } from '../support/proxy/read-rules.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { memorySetting, TARGET } from '../support/memory/engine.ts';
import type { Fault } from '../support/memory/faults.ts';
import { memorySource } from '../support/memory/source.ts';
import { assertOverFaults, rulesOf } from './rule-file.ts';
import {
  anyGetFaults,
  anyPutFaults,
  ATTEMPTS,
  inTurn,
  PART_SIZE,
  passingPutFaults,
  type World,
  worlds,
} from './worlds.ts';

/** The exit code of one put in such a world. */
async function codeOf({ size, latencies, ...limits }: World, faults: readonly Fault[]): Promise<number> {
  const { engine, store, clock } = memorySetting({
    ...limits,
    faults,
    attempts: ATTEMPTS,
    latencyMs: inTurn(latencies),
  });
  // An older object of the same size must not pass for the new one.
  store.place('key', patternBytes(size, 99));
  const source = memorySource(patternBytes(size), { clock });
  const [settled] = await Promise.allSettled([
    upload(engine, source, TARGET, { partSize: PART_SIZE, minPartSize: 1 }),
  ]);
  return settled.status === 'fulfilled' ? 0 : exitCodeOf(settled.reason);
}

/** One reason that lasts, whatever else happens and passes. */
const lasting: fc.Arbitrary<Fault> = fc.constantFrom<Fault[]>(
  { op: 'uploadPart', part: 2, kind: 'denied' },
  { op: 'uploadPart', part: 2, kind: 'corrupt-stored' },
  { op: 'uploadPart', part: 2, kind: 'server' },
  { op: 'beginUpload', kind: 'unsupported' },
  { op: 'completeUpload', kind: 'denied' },
);

test('the exit code is a function of what happened, not of who was faster', async () => {
  const orders = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 7 });
  const faults = fc
    .tuple(passingPutFaults, lasting)
    .map(([passing, last]) => passing.filter(({ op }) => op !== last.op).concat(last));
  await assertOverFaults(
    fc.asyncProperty(worlds, faults, orders, async (world, some, latencies) => {
      expect(await codeOf({ ...world, latencies }, some)).toBe(await codeOf(world, some));
    }),
    { numRuns: 200 },
  );
});

test('faults that pass never show in the exit code', async () => {
  await assertOverFaults(
    fc.asyncProperty(worlds, passingPutFaults, async (world, faults) => {
      expect(await codeOf(world, faults)).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('every list of faults is a rule file that the proxy takes', () => {
  fc.assert(
    fc.property(fc.oneof(anyPutFaults, anyGetFaults), (faults) => {
      const rules = rulesOf(faults);
      expect(parseRules(printRules(rules))).toEqual(rules);
    }),
  );
});

test('a counterexample is told as a rule file', async () => {
  const failing = fc.asyncProperty(worlds, passingPutFaults, async (_, faults) => {
    expect(faults.filter(({ op }) => op === 'uploadPart')).toEqual([]);
  });
  const failure: unknown = await assertOverFaults(failing, { numRuns: 200 }).catch((error: unknown) => error);
  expect(String(failure)).toMatch(
    /As a rule file for the proxy:\n\[\n {2}\{"match":\{"operation":"UploadPart"/,
  );
});
