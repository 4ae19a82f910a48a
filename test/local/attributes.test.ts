import { describe, expect, it } from 'vitest';
import { attributesOf, metadataOf } from '../../src/local/attributes.ts';

function modeOf(text: string): number | undefined {
  return attributesOf(new Map([['mode', text]])).mode;
}

describe('a mode in metadata', () => {
  it('is read as every tool writes it, for all permissions', () => {
    for (let mode = 0; mode <= 0o777; mode++) {
      const octal = mode.toString(8).padStart(3, '0');
      const forms = [
        octal,
        `0${octal}`,
        `00${octal}`,
        `100${octal}`,
        `0100${octal}`,
        String(0o100000 | mode),
      ];
      for (const text of forms) expect([text, modeOf(text)]).toEqual([text, mode]);
      expect(modeOf(metadataOf({ mode }).get('mode') ?? '')).toBe(mode);
    }
  });

  it('never sets more than permissions', () => {
    for (const text of ['4755', '06755', '1777', '104755', String(0o104755)])
      expect((modeOf(text) ?? 0) & ~0o777).toBe(0);
  });

  it.each([
    '',
    '7',
    '77',
    '888',
    '0o644',
    '-644',
    '644 ',
    '10644',
    '16877',
    '40755',
    '32767',
    '36864',
    '99999',
    '0644x',
  ])('is none when it is %j', (text) => expect(modeOf(text)).toBeUndefined());
});
