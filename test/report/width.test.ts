import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, padText, widthOf } from '../../src/report/width.ts';

describe('width', () => {
  it('counts columns, not characters', () => {
    expect(['abc', '日本', '😀', 'e\u0301'].map(widthOf)).toEqual([3, 4, 2, 1]);
  });

  it('cuts to columns and shows it', () => {
    expect([cutText('abcdef', 4), cutText('日本語', 4), cutText('abc', 3), cutText('abc', 0)]).toEqual([
      'abc…',
      '日…',
      'abc',
      '',
    ]);
  });

  it('fits, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, columns) => {
        expect(widthOf(cutText(text, columns))).toBeLessThanOrEqual(columns);
        expect(widthOf(padText(cutText(text, columns), columns))).toBe(columns);
      }),
    );
  });
});
