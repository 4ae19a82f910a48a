import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCommand, quoteForShell } from '../../src/cli/quote.ts';

const withoutBash = process.platform === 'win32';

describe('a word for a POSIX shell', () => {
  it.skipIf(withoutBash)('is read back by the shell as it was', () => {
    const words = [
      'plain',
      "it's",
      'we ird',
      'a\\b',
      'n\nl',
      '\u001b[2J',
      '$HOME `x` "q"',
      '*',
      'ü',
      "'",
      "a'\n",
      '',
    ];
    const script = words.map((word) => `printf '%s\\0' ${quoteForShell(word, 'linux')}`).join('\n');
    const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(words);
  });
  it('is one line without control characters, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (word) => {
        expect(quoteForShell(word, 'linux') ?? '').not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
  it('cannot hold NUL', () => {
    expect(quoteForShell('a\0b', 'linux')).toBeUndefined();
  });
});

/** A line as PowerShell parts it into words, as far as it is written here. */
function readAsPowerShell(line: string): string[] {
  const words =
    line.match(
      /(?:[^ '\u2018-\u201b]|['\u2018-\u201b](?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*['\u2018-\u201b])+/g,
    ) ?? [];
  return words.map((word) =>
    /^['\u2018-\u201b]/.test(word) ? word.slice(1, -1).replaceAll(/(['\u2018-\u201b])\1/g, '$1') : word,
  );
}

describe('a word for PowerShell', () => {
  it.each([
    ['s3://bucket/a/b.txt', 's3://bucket/a/b.txt'],
    ['C:\\Users\\me\\f.txt', 'C:\\Users\\me\\f.txt'],
    ['--upload-id', '--upload-id'],
    ['--endpoint-url=http://x', "'--endpoint-url=http://x'"],
    ['-x.y', "'-x.y'"],
    ["it's", "'it''s'"],
    ['it\u2019s', "'it\u2019\u2019s'"],
    ['$env:X `x` ;(a),@b {c} #d', "'$env:X `x` ;(a),@b {c} #d'"],
    ['a,b', "'a,b'"],
    ['', "''"],
  ])('%j is %s', (word, quoted) => expect(quoteForShell(word, 'win32')).toBe(quoted));

  it.each(['a&calc', 'a|b', 'a>b', '%PATH%', 'a^b', '"', 'a\nb', 'a\u202eb', 'a b\\', '##vso[x]y', '\0'])(
    'is none for %j',
    (word) => {
      expect(quoteForShell(word, 'win32')).toBeUndefined();
      expect(quoteCommand(['partwise', 'abort', word], 'win32')).toBeUndefined();
    },
  );

  it('is read back as it was, and holds nothing that cmd.exe would run', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'\'\u2019\u201b"&|<>^%$`; -ab.:\\/'.split('')) }),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (words) => {
        const line = quoteCommand(words, 'win32');
        if (line === undefined) return;
        expect(readAsPowerShell(line)).toEqual(words);
        expect(line).not.toMatch(/[&|<>^%\p{Cc}]/u);
      }),
    );
  });
});
