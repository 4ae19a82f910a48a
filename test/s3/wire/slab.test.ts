import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPiece, createSlab } from '../../../src/s3/wire/slab.ts';

describe('pieces', () => {
  it('that lie side by side become one, and are the same bytes whatever their sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 90_000 }), { maxLength: 30 }),
        fc.constantFrom<(1 | 2)[]>(1, 2),
        (sizes, halves) => {
          const slab = createSlab(halves);
          let count = 0;
          for (const size of sizes) {
            const pieces: Uint8Array[] = [];
            const expected: number[] = [];
            // Three reads, then all is taken.
            for (const part of [size, size >> 1, size % 7]) {
              const read = slab
                .next()
                .subarray(0, part)
                .fill(++count % 251);
              slab.filled(read.byteLength);
              addPiece(pieces, read);
              expected.push(...Array.from({ length: Math.min(read.byteLength, 3) }, () => count % 251));
            }
            expect(pieces).toHaveLength(1);
            expect(pieces[0]?.byteLength).toBe(size + (size >> 1) + (size % 7));
            slab.turn();
          }
        },
      ),
    );
  });
  it('of different memory, or with a gap between them, stay two', () => {
    const memory = new Uint8Array(10);
    const pieces: Uint8Array[] = [];
    addPiece(pieces, memory.subarray(0, 2));
    addPiece(pieces, memory.subarray(3, 4));
    addPiece(pieces, new Uint8Array(4));
    expect(pieces.map(({ byteLength }) => byteLength)).toEqual([2, 1, 4]);
  });
});

describe('a slab', () => {
  it.each([1, 2] as const)('of %i always has room for a read, and says when it is time to turn', (halves) => {
    const slab = createSlab(halves);
    for (let reads = 0; reads < 300; reads++) {
      const { byteLength } = slab.next();
      expect(byteLength).toBeGreaterThanOrEqual(64 * 1024);
      slab.filled(Math.min(byteLength, 50_000));
      if (slab.isFull) slab.turn();
    }
  });
  it('of two halves leaves the one alone that was read last', () => {
    const slab = createSlab(2);
    const first = slab.next().fill(1);
    slab.filled(first.byteLength);
    slab.turn();
    slab.next().fill(2);
    expect(first.every((byte) => byte === 1)).toBe(true);
    slab.turn();
    expect(slab.next().byteOffset).toBe(first.byteOffset);
  });
});
