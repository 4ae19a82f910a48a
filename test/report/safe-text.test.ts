import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeText } from '../../src/report/safe-text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  // Lone surrogates, and the characters that matter, more often than chance would bring them.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('\\', 'n', 'x', '1', 'b', '\u001b', '\n', '#', '[', ':', ' ', '\u202e', 'u'))
    .map((all) => all.join('')),
);

function decode(text: string): string {
  const short = new Map([
    ['\\', '\\'],
    ['n', '\n'],
    ['r', '\r'],
    ['t', '\t'],
  ]);
  return text.replace(
    /\\(?:x(..)|u\{(.+?)\}|u(....)|(.))/gu,
    (_, two?: string, long?: string, four?: string, one?: string) => {
      const hex = two ?? long ?? four;
      return hex === undefined
        ? (short.get(one ?? '') ?? '')
        : String.fromCodePoint(Number.parseInt(hex, 16));
    },
  );
}

describe('safeText', () => {
  it.each([
    ['plain key/ü/日本/😀.txt', 'plain key/ü/日本/😀.txt'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[2J\u0007\u007f\u009b', '\\x1b[2J\\x07\\x7f\\x9b'],
    ['a\\nb', 'a\\\\nb'],
    ['evil\u202etxt.exe\u2066\u200f\u061c', 'evil\\u202etxt.exe\\u2066\\u200f\\u061c'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\ud800x', '\\ud800x'],
    ['\u{e0041}', '\\u{e0041}'],
    ['::error::forged', '\\x3a:error::forged'],
    ['a ##[error]b ##vso[task]', 'a \\x23#[error]b \\x23#vso[task]'],
    ['a::b # c ## d', 'a::b # c ## d'],
  ])('shows %j', (text, shown) => expect(safeText(text)).toBe(shown));

  it('is one line without control, format or half characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  it('is injective: it can be read back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(decode(safeText(text))).toBe(text);
      }),
    );
  });

  it('forges no command of a CI system', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(safeText(text)).not.toMatch(/^\s*::|##\[|##vso\[/i);
      }),
    );
  });
});
