import { describe, expect, it } from 'vitest';
import { refuseSwallowedFlags } from '../../src/cli/flag-values.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { allPages, blocksOf, readPage } from './pages.ts';

/** The words of one command in a line of shell, as far as the pages need it. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const character of line) {
    if (quote !== '' && character === quote) quote = '';
    else if (quote !== '') word = (word ?? '') + character;
    else if (character === '"' || character === "'") [quote, word] = [character, word ?? ''];
    else if (/[|&;<>#]/.test(character)) break;
    else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  // A digit before > belongs to it.
  return word === undefined || word === '2' ? words : [...words, word];
}

/** Every command of a page: in its fences, and in code within a line. */
function commandsOf(page: string): string[] {
  const fenced = blocksOf(page).flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'));
  const prose = readPage(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const inline = [...prose.matchAll(/`(partwise [^`]*)`/g)].map(([, line = '']) =>
    line.replaceAll('\\|', '|'),
  );
  const lines = [...fenced, ...inline].flatMap(
    (line) => /(?:^|[|&"'] *|\bif )(partwise .*)/.exec(line)?.[1] ?? [],
  );
  return lines.filter((line) => !/[[\]…]|COMMAND/.test(line));
}

const COMMANDS = allPages().flatMap((page) => commandsOf(page).map((line) => [page, line] as const));

describe('every command in the pages', () => {
  it.each(COMMANDS)('%s: %s', async (_, line) => {
    let ran = 0;
    const program = buildProgram(async () => void ran++, '0.0.0');
    for (const command of [program, ...program.commands])
      command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    const words = wordsOf(line).slice(1);
    refuseSwallowedFlags(words, program);
    await program.parseAsync(words, { from: 'user' });
    expect(ran).toBe(1);
  });

  it('is found', () => {
    expect(COMMANDS.length).toBeGreaterThan(80);
  });
});
