import { array, boolean, constant, constantFrom, letrec, oneof, record } from 'fast-check';

/** A pattern as a tree, so that what it means needs no parser. */
export type Piece =
  | { readonly type: 'character'; readonly character: string }
  | { readonly type: 'any' | 'star' | 'globstar' }
  | { readonly type: 'class'; readonly characters: string; readonly isNegated: boolean }
  | { readonly type: 'choice'; readonly of: readonly (readonly Piece[])[] };
type FlatPiece = Exclude<Piece, { type: 'choice' }>;

const { pattern: sequences } = letrec<{ pattern: readonly Piece[]; piece: Piece }>((tie) => ({
  pattern: array(tie('piece'), { maxLength: 5 }),
  piece: oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 4,
      arbitrary: record({
        type: constant('character' as const),
        character: constantFrom(...'aab//.*{},'.split('')),
      }),
    },
    { weight: 3, arbitrary: record({ type: constantFrom('any', 'star', 'globstar') }) },
    record({
      type: constant('class' as const),
      characters: constantFrom('a', 'ab', 'b-', 'a/', ']'),
      isNegated: boolean(),
    }),
    {
      weight: 2,
      arbitrary: record({
        type: constant('choice' as const),
        of: array(tie('pattern'), { minLength: 2, maxLength: 3 }),
      }),
    },
  ),
}));

/** A pattern as it is written, and what it means; stars side by side would be one wildcard of another kind. */
export const patternArbitrary = sequences
  .map((pattern) => ({ pattern, glob: writePattern(pattern) }))
  .filter(({ pattern }) => !hasStarsTogether(pattern));

/** Whether two wildcards are side by side, which as text are one of another kind. */
export function hasStarsTogether(pattern: readonly Piece[]): boolean {
  const isStar = (piece: Piece | undefined): boolean => piece?.type === 'star' || piece?.type === 'globstar';
  return pattern.some((piece, index) =>
    piece.type === 'choice' ? piece.of.some(hasStarsTogether) : isStar(piece) && isStar(pattern[index + 1]),
  );
}

/** The text of a pattern. */
export function writePattern(pattern: readonly Piece[]): string {
  return pattern
    .map((piece) => {
      switch (piece.type) {
        case 'character':
          return /[*{},]/.test(piece.character) ? `\\${piece.character}` : piece.character;
        case 'any':
          return '?';
        case 'star':
          return '*';
        case 'globstar':
          return '**';
        case 'class':
          return `[${piece.isNegated ? '!' : ''}${piece.characters}]`;
        case 'choice':
          return `{${piece.of.map(writePattern).join(',')}}`;
      }
    })
    .join('');
}

/** Whether a small name matches a small pattern: every choice written out, every way tried. */
export function matchesNaively(pattern: readonly Piece[], name: string): boolean {
  return expand(pattern).some((pieces) => matchesFrom(pieces, Array.from(name), 0));
}

function expand(pattern: readonly Piece[]): readonly (readonly FlatPiece[])[] {
  const [first, ...rest] = pattern;
  if (first === undefined) return [[]];
  const heads = first.type === 'choice' ? first.of.flatMap(expand) : [[first]];
  return expand(rest).flatMap((tail) => heads.map((head) => head.concat(tail)));
}

function matchesFrom(pieces: readonly FlatPiece[], name: readonly string[], at: number): boolean {
  const [first, ...rest] = pieces;
  const character = name[at];
  if (first === undefined) return character === undefined;
  const goesOn = (isTaken: boolean): boolean => isTaken && matchesFrom(rest, name, at + 1);
  const canTake = character !== undefined && character !== '/';
  switch (first.type) {
    case 'character':
      return goesOn(character === first.character);
    case 'any':
      return goesOn(canTake);
    case 'class':
      return goesOn(canTake && first.characters.includes(character) !== first.isNegated);
    case 'star':
      return matchesFrom(rest, name, at) || (canTake && matchesFrom(pieces, name, at + 1));
    case 'globstar':
      return (
        matchesFrom(rest, name, at) ||
        (character !== undefined && matchesFrom(pieces, name, at + 1)) ||
        (isSlash(rest[0]) && (at === 0 || name[at - 1] === '/') && matchesFrom(rest.slice(1), name, at))
      );
  }
}

function isSlash(piece: FlatPiece | undefined): boolean {
  return piece?.type === 'character' && piece.character === '/';
}
