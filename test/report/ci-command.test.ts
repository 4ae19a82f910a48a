import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForShell } from '../../src/cli/quote.ts';
import { escapeJson, quoteJson } from '../../src/report/escape-json.ts';
import { everyOutput } from '../support/every-output.ts';

const COMMANDS = [
  '##vso[task.setvariable variable=x]y',
  '##[set-output name=x]y',
  '##[error]z',
  '##VSO[x]',
  '###[group]',
  '##teamcity[x]',
  '::set-output name=x::y',
  '  ::error::z',
  '##',
  'a\n::error::z',
];

/** As an agent reads a log. */
const FORGED = /##(?:vso|teamcity)?\[|^\s*(?:::|##)/i;

const pieces = fc.array(
  fc.constantFrom('#', '##', '[', 'vso', 'teamcity', ':', '::', ' ', '\\', '"', "'", 'a', '\n', '/'),
);
const anyText = fc.oneof(
  fc.constantFrom(...COMMANDS),
  pieces.map((all) => all.join('')),
  fc.string({ unit: 'binary' }),
);

describe('a command of a CI system', () => {
  it('stands in no line of any output, and JSON still means the same', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const { json, plain } = await everyOutput(text);
        for (const line of [...json, ...plain]) expect(line).not.toMatch(FORGED);
        for (const line of json.filter(Boolean)) expect(JSON.parse(line)).toBeTypeOf('object');
      }),
      { examples: COMMANDS.map((text): [string] => [text]) },
    );
  });

  it('is escaped in JSON, which gives the same value', () => {
    expect(escapeJson('##vso[x]')).toBe(String.raw`"\u0023#vso[x]"`);
    expect(quoteJson('a##[x]')).toBe(String.raw`"a\u0023#[x]"`);
    expect(quoteJson('a # b ##')).toBe('"a # b ##"');
    fc.assert(
      fc.property(anyText, (text) => {
        for (const line of [escapeJson({ [text]: text }), `{${quoteJson(text)}:${quoteJson(text)}}`]) {
          expect(JSON.parse(line)).toEqual({ [text]: text });
          expect(line).not.toMatch(FORGED);
        }
      }),
    );
  });

  it.skipIf(process.platform === 'win32')('is a word of a printed command that a shell reads back', () => {
    const words = COMMANDS.map((word) => quoteForShell(word, 'linux'));
    for (const word of words) expect(`discard: ${word}`).not.toMatch(FORGED);
    const script = `printf '%s\\0' ${words.join(' ')}`;
    const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(COMMANDS);
  });
});
