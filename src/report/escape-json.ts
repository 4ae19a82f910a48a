/** What JSON allows in a string although it harms a terminal or splits a line: DEL, C1, bidi, U+2028/9. */
const HARMFUL = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes a value as one line of JSON that is harmless on a terminal; parsing it gives the same value. */
export function escapeJson(value: unknown): string {
  // `undefined` and functions are no JSON; a line must be.
  const json: string | undefined = JSON.stringify(value);
  return (json ?? 'null').replace(HARMFUL, escapeUnits);
}

/** In UTF-16 units, the only escape JSON knows: two for a character above U+FFFF. */
function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
