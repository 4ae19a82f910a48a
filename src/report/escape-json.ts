import { defuseCommands } from './ci-command.ts';

/** What JSON allows in a string although it harms a terminal or splits a line: DEL, C1, bidi, U+2028/9. */
const HARMFUL = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes a value as one line of JSON that is harmless on a terminal and in a CI log; parsing it gives the same value. */
export function escapeJson(value: unknown): string {
  // `undefined` and functions are no JSON; a line must be.
  const json: string | undefined = JSON.stringify(value);
  return defuseCommands((json ?? 'null').replace(HARMFUL, escapeUnits), String.raw`\u0023`);
}

/** What needs no escape, neither by JSON's rules nor by ours; a `#` may begin a command. */
const PLAIN = /^[ !$-[\]-~]*$/;

/** The same for a text that may be missing; most need no escape. */
export function quoteJson(text: string | null | undefined): string {
  if (text === null || text === undefined) return 'null';
  return PLAIN.test(text) ? `"${text}"` : escapeJson(text);
}

/** In UTF-16 units, the only escape JSON knows: two for a character above U+FFFF. */
function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
