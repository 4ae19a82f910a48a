import { globFilter } from '../../src/local/glob.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { Random } from '../soak/random.ts';
import { hasStarsTogether, matchesNaively, type Piece, writePattern } from '../support/globs.ts';
import { Finding, type FuzzTarget } from './target.ts';

const LETTERS = ['a', 'b', '/', '.', '-', '\n', '\r', '*', '{', ',', '}', '\u2028', '😀', '\ud800'] as const;
const PIECES = [
  ...(['*', '**', '**/', '?', 'a', 'b', '/', '{', ',', '}', '{a,', '{*,a}', '{,**/}'] as const),
  ...([
    '[',
    ']',
    '[a]',
    '[!a-b]',
    '[^',
    '[]',
    '[z-a]',
    '[:',
    '\\',
    '-',
    '!',
    './',
    '\n',
    '😀',
    '\ud800',
  ] as const),
] as const;

/** Patterns of --include and --exclude. */
export const globs: FuzzTarget = {
  name: 'globs',
  one(random) {
    random.pick([compareWithNaive, readAnything, readLongest] as const)(random);
  },
};

/** A small pattern matches what a matcher says that tries every way. */
function compareWithNaive(random: Random): void {
  const pattern = drawPattern(random, 3);
  if (hasStarsTogether(pattern)) return;
  const glob = `./${writePattern(pattern)}`;
  for (let turn = 0; turn < 5; turn++) {
    const name = Array.from({ length: random.whole(0, 9) }, () => random.pick(LETTERS)).join('');
    const isMatch = matches(glob, name);
    if (isMatch !== matchesNaively(pattern, name))
      throw new Finding(`matches: ${isMatch}, which it should not be`, JSON.stringify([glob, name]));
  }
}

/** Any text is a pattern or a usage error. */
function readAnything(random: Random): void {
  const glob = Array.from({ length: random.whole(0, 30) }, () => random.pick(PIECES)).join('');
  matches(glob, 'a/b-ab.\n');
}

/** The longest patterns come to an end with the longest names. */
function readLongest(random: Random): void {
  const unit = Array.from({ length: random.whole(1, 4) }, () => random.pick(PIECES)).join('');
  const end = random.pick(['', 'b', '}', ']', '}'.repeat(500)] as const);
  const glob = unit.repeat(random.whole(1, Math.floor(3_500 / unit.length))) + end;
  const letters = random.pick(['a', 'ab', 'a/', '/', '-', '\n'] as const);
  matches(
    glob,
    letters.repeat(random.whole(0, Math.floor(1_024 / letters.length))) +
      random.pick(['', 'b', '/'] as const),
  );
}

function matches(glob: string, name: string): boolean | undefined {
  try {
    return !globFilter([{ include: false, glob }])(name);
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'usage') return undefined;
    throw new Finding('throws what is no usage error', JSON.stringify([glob, name]), error);
  }
}

function drawPattern(random: Random, depth: number): readonly Piece[] {
  return Array.from({ length: random.whole(0, 4) }, () => drawPiece(random, depth));
}

function drawPiece(random: Random, depth: number): Piece {
  const type = random.pick(['character', 'character', 'any', 'star', 'globstar', 'class', 'choice'] as const);
  switch (type) {
    case 'any':
    case 'star':
    case 'globstar':
      return { type };
    case 'class':
      return {
        type,
        characters: random.pick(['a', 'ab', 'b-', 'a/', ']', '\n'] as const),
        isNegated: random.chance(0.5),
      };
    case 'choice':
      if (depth > 0)
        return { type, of: Array.from({ length: random.whole(2, 3) }, () => drawPattern(random, depth - 1)) };
      return { type: 'any' };
    case 'character':
      return { type, character: random.pick(LETTERS) };
  }
}
