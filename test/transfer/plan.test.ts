import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cut,
  lengthOf,
  MAX_PARTS,
  MIB,
  MIN_PART_SIZE,
  type Plan,
  planParts,
} from '../../src/transfer/plan.ts';

const TB = 1e12;
const GIB = 1024 * MIB;

/** Reads a plan from its ends and its count, so that ten thousand parts cost no ten thousand expectations. */
function isTiled({ size, partSize, parts }: Plan): boolean {
  return (
    parts.every((part, index) => part.number === index + 1 && part.start === index * partSize) &&
    parts.every((part, index) => part.end === (parts[index + 1]?.start ?? size)) &&
    parts.slice(0, -1).every((part) => lengthOf(part) === partSize)
  );
}

describe('planParts', () => {
  test('tiles every size up to 50 TB with at most 10,000 equal parts and a last one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 * TB }), (size) => {
        const plan = planParts(size);
        expect(isTiled(plan)).toBe(true);
        expect(plan.parts.length).toBeLessThanOrEqual(MAX_PARTS);
        expect(plan.partSize % MIB).toBe(0);
        expect(lengthOf(plan.parts.at(-1) ?? { number: 0, start: 0, end: 0 })).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps a part size that fits, even one that is no whole MiB', () => {
    expect(planParts(100 * MIB, { partSize: MIN_PART_SIZE + 1 }).partSize).toBe(MIN_PART_SIZE + 1);
  });

  test('grows parts by whole MiB only when 10,000 would not do', () => {
    expect(planParts(80_000 * MIB).partSize).toBe(8 * MIB);
    expect(planParts(80_000 * MIB + 1).partSize).toBe(9 * MIB);
    expect(planParts(80_000 * MIB, { maxParts: 1000 }).partSize).toBe(80 * MIB);
  });

  test('holds the largest object that 10,000 parts of 5 GiB can', () => {
    const plan = planParts(50_000 * GIB);
    expect(plan.parts).toHaveLength(10_000);
    expect(plan.partSize).toBe(5 * GIB);
  });

  test.each([
    ['an object beyond 10,000 parts of 5 GiB', 50_000 * GIB + 1, {}],
    ['a part below 5 MiB', 100, { partSize: MIN_PART_SIZE - 1 }],
    ['a part above 5 GiB', 100, { partSize: 5 * GIB + 1 }],
    ['more than so few parts can hold', 11 * 5 * GIB, { maxParts: 10 }],
  ])('refuses %s', (_, size, options) => {
    expect(() => planParts(size, options)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });

  test('takes smaller parts from a server that does', () => {
    expect(planParts(10, { partSize: 3, minPartSize: 1 }).parts.map(lengthOf)).toEqual([3, 3, 3, 1]);
  });
});

describe('cut', () => {
  test('makes one empty part of nothing', () => {
    expect(cut(0, 8)).toEqual([{ number: 1, start: 0, end: 0 }]);
  });

  test('adds no empty part behind a size that divides evenly', () => {
    expect(cut(16, 8)).toHaveLength(2);
  });
});
