import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPiece, type Slab, slabsWithin } from '../../../src/s3/wire/slab.ts';

const MIB = 1024 ** 2;

describe('pieces', () => {
  it('that lie side by side become one, and are the same bytes whatever their sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 90_000 }), { maxLength: 30 }),
        fc.constantFrom<(1 | 2)[]>(1, 2),
        (sizes, halves) => {
          const slab = slabsWithin()(halves);
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
  it('of different memory, or large ones with a gap between them, stay two', () => {
    const memory = new Uint8Array(10_000);
    const pieces: Uint8Array[] = [];
    addPiece(pieces, memory.subarray(0, 2));
    addPiece(pieces, memory.subarray(3, 8_003));
    addPiece(pieces, new Uint8Array(4));
    expect(pieces.map(({ byteLength }) => byteLength)).toEqual([2, 8_000, 4]);
  });
  it('of a few bytes each are moved together, however they are read', () => {
    const memory = new Uint8Array(64 * 1024);
    const pieces: Uint8Array[] = [];
    let expected = '';
    for (let at = 0; at + 6 <= memory.byteLength; at += 6) {
      const piece = memory.subarray(at + 3, at + 4).fill(at % 251);
      expected += String.fromCharCode(at % 251);
      addPiece(pieces, piece);
    }
    expect(pieces).toHaveLength(1);
    expect(Buffer.concat(pieces).toString('latin1')).toBe(expected);
  });
});

describe('a slab', () => {
  it.each([1, 2] as const)('of %i always has room for a read, and says when it is time to turn', (halves) => {
    const slab = slabsWithin()(halves);
    for (let reads = 0; reads < 300; reads++) {
      const { byteLength } = slab.next();
      expect(byteLength).toBeGreaterThanOrEqual(64 * 1024);
      slab.filled(Math.min(byteLength, 50_000));
      if (slab.isFull) slab.turn();
    }
  });
  it('grows when it is filled, to 2 MiB', () => {
    const slab = slabsWithin()(1);
    for (let turns = 0; turns < 5; turns++) fill(slab);
    expect(slab.next().byteLength).toBe(2 * MIB);
  });
  it('that was never full stays small', () => {
    const slab = slabsWithin()(1);
    for (let turns = 0; turns < 5; turns++) {
      slab.filled(100_000);
      slab.turn();
    }
    expect(slab.next().byteLength).toBe(MIB / 2);
  });
  it('grows only as long as there is memory for all, and gives back what it took', () => {
    const make = slabsWithin(2 * MIB);
    const [first, second, third] = [make(1), make(1), make(1)];
    const all = [first, second, third];
    for (let turns = 0; turns < 5; turns++) for (const slab of all) fill(slab);
    expect(all.map((slab) => slab.next().byteLength)).toEqual([MIB, MIB, MIB]);
    first.free();
    second.free();
    fill(third);
    expect(third.next().byteLength).toBe(2 * MIB);
  });
  it.each([
    ['and stays as large as it is', 0],
    ['and when it grows', 10 * MIB],
  ])('of two halves leaves the one alone that was read last, %s', (_, spareBytes) => {
    const slab = slabsWithin(spareBytes)(2);
    const first = slab.next().fill(1);
    slab.filled(first.byteLength);
    slab.turn();
    slab.next().fill(2);
    expect(first.every((byte) => byte === 1)).toBe(true);
    slab.turn();
    expect(slab.next().buffer === first.buffer).toBe(spareBytes === 0);
  });
});

function fill(slab: Slab): void {
  while (!slab.isFull) slab.filled(Math.min(slab.next().byteLength, 50_000));
  slab.turn();
}
