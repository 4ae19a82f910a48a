const REFERENCE = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of the first element of a name; `undefined` where there is none, or nothing in it. */
export function elementText(document: string, name: string): string | undefined {
  const begin = document.indexOf(`<${name}>`);
  const end = document.indexOf(`</${name}>`, begin);
  if (begin === -1 || end === -1) return undefined;
  const raw = document.slice(begin + name.length + 2, end);
  const text = raw.replace(REFERENCE, (_, hex?: string, decimal?: string, named?: string) =>
    named === undefined ? codePoint(hex, decimal) : (NAMED[named.toLowerCase()] ?? ''),
  );
  return text === '' ? undefined : text;
}

function codePoint(hex: string | undefined, decimal: string | undefined): string {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
