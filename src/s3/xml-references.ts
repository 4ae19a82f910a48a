const REFERENCE = /&(?:#x([0-9a-fA-F]+)|#(\d+)|(amp|lt|gt|quot|apos));/g;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const LAST_CODE = 0x10ffff;
/** What stands for a character that cannot be read. */
const REPLACEMENT = '\ufffd';

/**
 * The text with its references resolved; `numeric` makes characters of the numeric ones, given their code and how they
 * are written. An ampersand that begins no reference, and a name that XML does not define, stay as they are written.
 */
export function resolveReferences(raw: string, numeric: (code: number, written: string) => string): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(REFERENCE, (written, hex?: string, decimal?: string, named?: string) => {
    if (named !== undefined) return NAMED.get(named) ?? written;
    return numeric(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16), written);
  });
}

/**
 * The text that `raw` means. A reference to no character (above U+10FFFF, or half of a pair without the other half)
 * becomes U+FFFD. Some servers write a character above U+FFFF as two references, its halves: they are put together.
 */
export function textOf(raw: string): string {
  const text = resolveReferences(raw, characterOf);
  // Only references make halves: the text itself was decoded from bytes. No request could name a key with one.
  return raw.includes('&#') ? text.replace(/\p{Cs}/gu, REPLACEMENT) : text;
}

function characterOf(code: number): string {
  return code <= LAST_CODE ? String.fromCodePoint(code) : REPLACEMENT;
}
