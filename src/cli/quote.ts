import { isCommand } from '../report/ci-command.ts';

/**
 * A word as a shell reads it back. Control characters and what CI systems take for a command are written as bash, ksh
 * and zsh know them, so that the line stays one line and shows what it holds.
 */
export function quoteForShell(word: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) && !isCommand(word)) return word;
  if (!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(word) && !isCommand(word))
    return `'${word.replaceAll("'", `'\\''`)}'`;
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
