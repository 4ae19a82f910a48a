import { textOf } from './xml-references.ts';

/** What stands in the first element of a name, as it is written; `undefined` where there is none. */
export function rawElement(document: string, name: string): string | undefined {
  const begin = document.indexOf(`<${name}>`);
  const end = begin === -1 ? -1 : document.indexOf(`</${name}>`, begin);
  return end === -1 ? undefined : document.slice(begin + name.length + 2, end);
}

/** All elements of a name that does not lie within itself, with their tags, as they are written. */
export function rawElements(document: string, name: string): string[] {
  const [open, close] = [`<${name}>`, `</${name}>`];
  const found: string[] = [];
  for (let begin = document.indexOf(open); begin !== -1; begin = document.indexOf(open, begin)) {
    const end = document.indexOf(close, begin);
    // Without an end here there is none further on: looking for it again would take quadratic time.
    if (end === -1) break;
    found.push(document.slice(begin, end + close.length));
    begin = end + close.length;
  }
  return found;
}

/** The text of the first element of a name; `undefined` where there is none, or nothing in it. */
export function elementText(document: string, name: string): string | undefined {
  return textOf(rawElement(document, name) ?? '') || undefined;
}
