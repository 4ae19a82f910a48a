import { defuseCommands } from './ci-command.ts';

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** The backslash, control (C0, DEL, C1) and format characters (bidi, zero width), line ends, lone surrogates. */
const UNSAFE = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What CI systems take for a command at the start of a line. */
const LEADING_COLONS = /^(\s*):(?=:)/;
const LEADING_HASHES = /^(\s*)#(?=#)/;

/** Printable ASCII in which none of all that begins. */
const PLAIN = /^[ -"$-9;-[\]-~]*$/;

/**
 * Makes foreign text fit for a terminal and a log: one line, nothing that moves the cursor, changes colours,
 * reorders letters or forges a CI command. Injective, because the backslash itself is escaped: two different
 * keys never look the same.
 */
export function safeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return defuseCommands(text.replace(UNSAFE, escapeCharacter), '\\x23')
    .replace(LEADING_COLONS, '$1\\x3a')
    .replace(LEADING_HASHES, '$1\\x23');
}

function escapeCharacter(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
