import { TransferError } from '../transfer/errors.ts';

/**
 * One step of a pattern; the one behind it follows, but for `jump`. The last is `end`. Characters are code points, so
 * that `?` takes a whole emoji.
 */
export type Step =
  | { readonly type: 'literal'; readonly code: number }
  /** `?` */
  | { readonly type: 'any' }
  | { readonly type: 'class'; readonly isNegated: boolean; readonly ranges: readonly Range[] }
  /** `*` */
  | { readonly type: 'star' }
  /** `**` */
  | { readonly type: 'globstar' }
  /** The steps where the alternatives of braces begin, or the one behind the braces. */
  | { readonly type: 'jump'; readonly to: readonly number[] }
  | { readonly type: 'end' };

/** Both ends included. */
export type Range = readonly [from: number, to: number];

export const SLASH = 0x2f;

/** A path is no longer either. Matching costs at most this times the length of a name. */
const LONGEST_PATTERN = 4_096;

type Token =
  | Exclude<Step, { type: 'jump' | 'end' }>
  | { readonly type: '{' }
  | { readonly type: ',' }
  | { readonly type: '}' };

/**
 * Compiles a pattern. Braces become branches instead of a list of patterns, so that the result is as long as the
 * pattern however they are nested.
 * @throws TransferError `usage`
 */
export function compileGlob(glob: string): readonly Step[] {
  if (glob.length > LONGEST_PATTERN)
    throw refuse(`${glob.slice(0, 40)}…`, `it is longer than ${LONGEST_PATTERN} characters`);
  const tokens = readTokens(glob);
  const inGroups = findGroups(tokens);
  const steps: Step[] = [];
  const groups: { readonly begins: number[]; readonly exits: number[][] }[] = [];
  for (const [index, token] of tokens.entries()) {
    const group = groups.at(-1);
    if (token.type !== '{' && token.type !== ',' && token.type !== '}') {
      steps.push(token);
    } else if (!inGroups.has(index)) {
      steps.push(literal(token.type));
    } else if (token.type === '{') {
      const begins = [steps.length + 1];
      steps.push({ type: 'jump', to: begins });
      groups.push({ begins, exits: [] });
    } else if (token.type === ',') {
      const exit: number[] = [];
      steps.push({ type: 'jump', to: exit });
      group?.exits.push(exit);
      group?.begins.push(steps.length);
    } else {
      for (const exit of group?.exits ?? []) exit.push(steps.length);
      groups.pop();
    }
  }
  return [...steps, { type: 'end' }];
}

/** Where tokens of braces stand that are closed and hold a comma; all others mean themselves, as in shells. */
function findGroups(tokens: readonly Token[]): ReadonlySet<number> {
  const found = new Set<number>();
  const open: { readonly at: number; readonly commas: number[] }[] = [];
  for (const [at, { type }] of tokens.entries()) {
    if (type === '{') open.push({ at, commas: [] });
    else if (type === ',') open.at(-1)?.commas.push(at);
    else if (type === '}') {
      const group = open.pop();
      if (group && group.commas.length > 0)
        for (const each of [group.at, ...group.commas, at]) found.add(each);
    }
  }
  return found;
}

function readTokens(glob: string): readonly Token[] {
  const characters = Array.from(glob);
  // Looked for once, or a row of opening brackets would be read to the end for each of them.
  const lastClosing = characters.lastIndexOf(']');
  const tokens: Token[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    const start = at++;
    if (character === '*') {
      while (characters[at] === '*') at++;
      tokens.push({ type: at - start > 1 ? 'globstar' : 'star' });
    } else if (character === '?') {
      tokens.push({ type: 'any' });
    } else if (character === '{' || character === ',' || character === '}') {
      tokens.push({ type: character });
    } else if (character === '\\') {
      // At the very end it means itself.
      tokens.push(literal(characters[at++] ?? character));
    } else {
      const found = character === '[' && at < lastClosing ? readClass(characters, at, glob) : undefined;
      tokens.push(found?.token ?? literal(character));
      at = found?.end ?? at;
    }
  }
  return tokens;
}

/** Reads `[…]` from behind its `[`; `undefined` where it is not closed: then the bracket means itself. */
function readClass(
  characters: readonly string[],
  begin: number,
  glob: string,
): { readonly token: Token; readonly end: number } | undefined {
  const isNegated = characters[begin] === '!' || characters[begin] === '^';
  const first = isNegated ? begin + 1 : begin;
  const ranges: Range[] = [];
  let at = first;
  const take = (): number => {
    if (characters[at] === '\\' && at + 1 < characters.length) at++;
    return codeOf(characters[at++] ?? '');
  };
  // A closing bracket right at the beginning is one of the characters.
  while (at < characters.length && (at === first || characters[at] !== ']')) {
    if (characters[at] === '[' && characters[at + 1] === ':')
      throw refuse(glob, 'names like [:alpha:] are not supported; write [a-zA-Z]');
    const from = take();
    const isRange = characters[at] === '-' && at + 1 < characters.length && characters[at + 1] !== ']';
    if (isRange) at++;
    const to = isRange ? take() : from;
    if (to < from)
      throw refuse(glob, `the range ${String.fromCodePoint(from, 0x2d, to)} ends before it begins`);
    ranges.push([from, to]);
  }
  return at < characters.length ? { token: { type: 'class', isNegated, ranges }, end: at + 1 } : undefined;
}

function literal(character: string): Extract<Step, { type: 'literal' }> {
  return { type: 'literal', code: codeOf(character) };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function refuse(glob: string, why: string): TransferError {
  return new TransferError('usage', `the pattern "${glob}" cannot be used: ${why}`);
}
