import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { againOf, positionsOf } from '../../src/cli/again.ts';
import { quoteForShell } from '../../src/cli/quote.ts';

const withoutBash = process.platform === 'win32';

describe('a quoted word', () => {
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
    ];
    const script = words.map((word) => `printf '%s\\0' ${quoteForShell(word)}`).join('\n');
    const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(words);
  });
  it('is one line without control characters, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (word) => {
        expect(quoteForShell(word)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});

describe('the command that goes on', () => {
  const flags = { endpointUrl: 'http://x', signRequest: true };
  it('has its paths absolute, and nothing else changed', () => {
    const argv = ['put', '-e', 'http://x', '--state-dir', 's', 'put', 's3://b/put'];
    const { command } = againOf({ argv, flags }, positionsOf(argv, ['put']));
    expect(command).toEqual([
      'put',
      '-e',
      'http://x',
      '--state-dir',
      `${process.cwd()}/s`,
      `${process.cwd()}/put`,
      's3://b/put',
    ]);
  });
  it('takes its connection along to discard what is left', () => {
    expect(againOf({ argv: ['put'], flags }, []).connection).toEqual(['--endpoint-url', 'http://x']);
    expect(againOf({ argv: ['put'], flags: { signRequest: false } }, []).connection).toEqual([
      '--no-sign-request',
    ]);
  });
});
