import { array, assert, constant, constantFrom, oneof, property, string } from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { globFilter } from '../../src/local/glob.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { matchesNaively, patternArbitrary } from '../support/globs.ts';

function matches(glob: string, path: string): boolean {
  return !globFilter([{ include: false, glob }])(path);
}

describe('a pattern', () => {
  it.each([
    ['*.log', 'a.log', true],
    ['*.log', 'deep/down/a.log', true],
    ['*.log', 'a.log/b', false],
    ['*.log', '.log', true],
    ['cache', 'a/cache/', true],
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', false],
    ['a/*', 'x/a/b', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a/', true],
    ['a/**', 'a', false],
    ['**/b', 'b', true],
    ['**/b', 'x/y/b', true],
    ['**/b', 'xb', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/xb', false],
    ['a/**.gz', 'a/x/b.gz', true],
    ['a**/c', 'ab/x/c', true],
    ['a**/c', 'ac', false],
    ['a/?', 'a/.', true],
    ['a/?', 'a//', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['./a/*', 'a/b', true],
  ])('%j matches %j: %j', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });

  it.each([
    ['{a,b}c', 'bc', true],
    ['{a,b}c', '{a,b}c', false],
    ['{a,}c', 'c', true],
    ['{a,b{c,d{e,f}}}', 'bdf', true],
    ['{a,b{c,d{e,f}}}', 'bd', false],
    ['{x,**}/b', 'b', true],
    ['**{/b,c}', 'b', true],
    ['{a}', '{a}', true],
    ['{a', '{a', true],
    ['a,b}', 'a,b}', true],
    ['{a,{b,c}', '{a,c', true],
    ['{[,],b}', ',', true],
    ['{\\,,b}', ',', true],
    ['{1..3}', '{1..3}', true],
  ])('with braces, %j, matches %j: %j', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });

  it.each([
    ['[abc]', 'b', true],
    ['[a-c]', 'b', true],
    ['[a-c]', 'd', false],
    ['[!a-c]', 'd', true],
    ['[!a-c]', 'b', false],
    ['[^a]', 'b', true],
    ['x/[!a]b', 'x//b', false],
    ['[]a]', ']', true],
    ['[!]a]', 'b', true],
    ['[a-]', '-', true],
    ['[\\]]', ']', true],
    ['[а-я]', 'ж', true],
    ['[😀-😂]', '😁', true],
    ['[a', '[a', true],
  ])('with brackets, %j, matches %j: %j', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });

  it.each([
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\{a,b\\}', '{a,b}', true],
    ['\\\\', '\\', true],
    ['a\\', 'a\\', true],
    ['!a', '!a', true],
    ['!a', 'b', false],
    ['a (1)+.$^|#@', 'a (1)+.$^|#@', true],
    ['@(a|b)', 'a', false],
  ])('holds characters that mean themselves: %j matches %j: %j', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });

  it.each(['**', 'c/**', '**/x*y', 'c/*', 'c/x*', 'c/*y', 'c/x?y', 'c/x[!a]y', '*', 'x*y', 'c/{a,x*}'])(
    'matches names with line ends like all others: %j',
    (glob) => {
      for (const end of ['\n', '\r', '\r\n', '\u2028', '\u0085']) {
        if (end.length > 1 && /[?\]]/.test(glob)) continue;
        expect(matches(glob, `c/x${end}y`)).toBe(true);
      }
    },
  );

  it.each(['[z-a]', 'a/{b,[9-0]}', '[[:alpha:]]'])('is refused: %j', (glob) => {
    const refusal = expect.objectContaining({ kind: 'usage' });
    expect(() => globFilter([{ include: true, glob }])).toThrow(refusal);
    expect(() => globFilter([{ include: true, glob }])).toThrow(TransferError);
  });

  it('is refused when it is longer than 4,096 characters', () => {
    expect(() => globFilter([{ include: true, glob: 'a'.repeat(4_097) }])).toThrow(/longer than 4096/);
    expect(matches('a'.repeat(4_096), 'a'.repeat(4_096))).toBe(true);
  });

  it('is one of several: the last that matches decides', () => {
    const isIn = globFilter([
      { include: false, glob: '*' },
      { include: true, glob: '*.html' },
      { include: false, glob: 'draft/**' },
    ]);
    expect(['a.css', 'a.html', 'b/a.html', 'draft/a.html'].filter(isIn)).toEqual(['a.html', 'b/a.html']);
  });
});

const names = string({ unit: constantFrom(...'aab/.-\n'.split('')), maxLength: 9 });

describe('patterns in general', () => {
  it('match what a naive matcher says', () => {
    assert(
      property(patternArbitrary, names, ({ glob, pattern }, name) => {
        // The slash keeps the pattern from being about the last segment alone.
        expect(matches(`./${glob}`, name)).toBe(matchesNaively(pattern, name));
      }),
      { numRuns: 5_000 },
    );
  });

  it('match what picomatch says, where both mean the same', () => {
    const segment = array(constantFrom('a', 'b', '.', '-', '*', '?', '[ab]', '{a,b}', '{b*,-}'), {
      minLength: 1,
      maxLength: 4,
    }).map((pieces) => pieces.join('').replace(/\*{2,}/g, '*'));
    // A `**` within a segment is to picomatch a `*`; an empty segment, `.` and `..` are none that a file can have.
    const globs = array(oneof({ weight: 3, arbitrary: segment }, constant('**')), {
      minLength: 1,
      maxLength: 4,
    })
      .map((segments) => segments.join('/'))
      .filter((glob) => !glob.startsWith('./'));
    const paths = array(string({ unit: constantFrom(...'ab-.'.split('')), minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    })
      .filter((segments) => segments.every((each) => !/^\.\.?$/.test(each)))
      .map((segments) => segments.join('/'));
    assert(
      property(globs, paths, (glob, path) => {
        const options = { dot: true, basename: !glob.includes('/'), strictSlashes: true };
        expect(matches(glob, path)).toBe(picomatch(glob, options)(path));
      }),
      { numRuns: 5_000 },
    );
  });

  it('never fail but by a usage error', () => {
    const texts = string({ unit: constantFrom(...'[]{},*?!^-\\/:.ab\ud800'.split('')), maxLength: 40 });
    assert(
      property(texts, names, (glob, name) => {
        try {
          matches(glob, name);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'usage' });
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

/** A matcher that backtracks, or that expands braces, would not be done with these in the age of the universe. */
describe('patterns of the longest kind', () => {
  const fill = (piece: string): string => piece.repeat(Math.floor(4_000 / piece.length));
  it.each([
    ['stars', fill('*a')],
    ['stars across', `x/${fill('**a')}`],
    ['segments across', fill('**/')],
    ['segments across and names', fill('**/*a')],
    ['choices', fill('{a,aa}')],
    ['choices of stars', `${fill('{*,a*}')}b`],
    ['nested braces', `${'{a,'.repeat(1_300)}${'}'.repeat(90)}`],
    ['deeply nested braces', `${'{a,'.repeat(1_000)}*${'}'.repeat(1_000)}`],
    ['unclosed brackets', fill('[')],
    ['unclosed braces', fill('{,')],
    ['a class of many', `*[${fill('b')}]c`],
    ['question marks', fill('*?')],
  ])('%s come to an end', (_, glob) => {
    for (const name of ['a'.repeat(1_024), 'a/'.repeat(512), `x/${'a'.repeat(1_022)}`])
      expect(typeof matches(glob, name)).toBe('boolean');
  });

  it('come to an end with a name of 100 kB', () => {
    expect(matches('*-*-*-*.log', '-'.repeat(100_000))).toBe(false);
    expect(matches('*a'.repeat(100), `${'a'.repeat(100_000)}b`)).toBe(false);
  });
});
