import { platform as currentPlatform } from 'node:os';
import { isCommand } from '../report/ci-command.ts';

/** What moves the cursor, hides or ends a line; no shell of Windows has an escape for it within single quotes. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

/** A command as the shell of this platform reads it back; `undefined` where it cannot be quoted. */
export function quoteCommand(
  words: readonly string[],
  platform: NodeJS.Platform = currentPlatform(),
): string | undefined {
  const quoted = words.map((word) => quoteForShell(word, platform));
  return quoted.every((word) => word !== undefined) ? quoted.join(' ') : undefined;
}

/** One word as the shell of this platform reads it back: PowerShell on Windows, else bash, ksh or zsh. */
export function quoteForShell(
  word: string,
  platform: NodeJS.Platform = currentPlatform(),
): string | undefined {
  return platform === 'win32' ? quoteForPowerShell(word) : quoteForPosix(word);
}

/**
 * Control characters and what CI systems take for a command are written as bash, ksh and zsh know them, so that the line
 * stays one line and shows what it holds. No argument can hold NUL.
 */
function quoteForPosix(word: string): string | undefined {
  if (word.includes('\0')) return undefined;
  if (!isCommand(word)) {
    if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
    if (!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  }
  const bytes = [...new TextEncoder().encode(word)];
  const escaped = bytes.map((byte) =>
    isPlain(byte) ? String.fromCodePoint(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `$'${escaped.join('')}'`;
}

/** Printable, nothing that a quoted word would have to escape, and no `#`. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x23 && byte !== 0x27 && byte !== 0x5c;
}

/**
 * The line may also be pasted into cmd.exe, to which single quotes are letters: there `&`, `|`, `<`, `>`, `^` and `%` would
 * begin another command or name a variable, whatever stands around them. Windows PowerShell passes on no double quote, nor
 * a backslash before the quote that it adds to a word with spaces.
 */
function quoteForPowerShell(word: string): string | undefined {
  if (INVISIBLE.test(word) || isCommand(word) || /[&|<>^%"]/.test(word)) return undefined;
  if (/\s/.test(word) && word.endsWith('\\')) return undefined;
  // An argument like -x.y or -x:y is cut in two, unless it is quoted.
  if (/^(?:[A-Za-z0-9_/.\\][A-Za-z0-9_./:\\=+-]*|--?[A-Za-z-]+)$/.test(word)) return word;
  // PowerShell takes curly quotes for straight ones.
  return `'${word.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}
