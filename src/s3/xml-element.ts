import { resolveReferences } from './xml-references.ts';

/** What stands in the first element of a name, as it is written; `undefined` where there is none. */
export function rawElement(document: string, name: string): string | undefined {
  const begin = document.indexOf(`<${name}>`);
  const end = document.indexOf(`</${name}>`, begin);
  return begin === -1 || end === -1 ? undefined : document.slice(begin + name.length + 2, end);
}

/** The text of the first element of a name; `undefined` where there is none, or nothing in it. */
export function elementText(document: string, name: string): string | undefined {
  const text = resolveReferences(rawElement(document, name) ?? '', (code, written) => {
    if (code === undefined) return written;
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
  return text === '' ? undefined : text;
}
