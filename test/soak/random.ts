import { createHash } from 'node:crypto';

/** Draws that are the same for the same seed. */
export type Random = {
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  /** True so often. */
  chance(share: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
};

/** Begins a row of draws. */
export function openRandom(...seed: readonly (string | number)[]): Random {
  let turn = 0;
  // Hashing is slow as chance goes, and a few draws a second are needed.
  const next = (): number => {
    const hash = createHash('sha256').update(JSON.stringify([...seed, turn++]));
    return hash.digest().readUInt32BE(0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    whole,
    chance: (share) => next() < share,
    pick: (items) => items[whole(0, items.length - 1)] ?? items[0],
  };
}
