import { parseServerDate } from './server-date.ts';
import { textOf } from './xml-references.ts';

/** Rewrites what the SDK's parser would fail the whole page for, or read otherwise than we do. */
export function mendDocument(xml: string): string {
  return mendDates(mendReferences(xml));
}

const DATES = /<(LastModified|Initiated|CreationDate)>([^<]*)<\/\1>/g;
/** As S3 writes them: nearly all are, and need no closer look. A day above 28 may not be in its month. */
const PLAIN =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** A date in another form is written as S3 does, and text that is no date is left out, so that the date is unknown. */
export function mendDates(xml: string): string {
  return xml.replace(DATES, (element: string, name: string, text: string) => {
    if (PLAIN.test(text)) return element;
    const time = parseServerDate(text);
    return time === undefined ? '' : `<${name}>${new Date(time).toISOString()}</${name}>`;
  });
}

/**
 * Numeric references, as many as follow each other: some servers write one character as two halves. And references by a
 * name that XML does not define.
 */
const MISREAD =
  /&(?:#(?:x[0-9a-fA-F]+|\d+);(?:&#(?:x[0-9a-fA-F]+|\d+);)*|(?!(?:amp|lt|gt|quot|apos);)[a-zA-Z][a-zA-Z0-9]*;)/g;
const [CDATA, CDATA_END] = ['<![CDATA[', ']]>'];

/**
 * The SDK's parser cuts references above U+FFFF to 16 bits, and leaves unknown names out (or puts in what an object of
 * JavaScript has by that name). Here they become what textOf of xml-references.ts makes of them; within CDATA they are
 * no references.
 */
export function mendReferences(xml: string): string {
  if (!xml.includes('&')) return xml;
  let mended = '';
  let at = 0;
  for (let begin = xml.indexOf(CDATA); begin !== -1; begin = xml.indexOf(CDATA, at)) {
    const end = xml.indexOf(CDATA_END, begin);
    if (end === -1) break;
    mended += xml.slice(at, begin).replace(MISREAD, mendOne) + xml.slice(begin, end + CDATA_END.length);
    at = end + CDATA_END.length;
  }
  return mended + xml.slice(at).replace(MISREAD, mendOne);
}

function mendOne(written: string): string {
  if (!written.startsWith('&#')) return `&amp;${written.slice(1)}`;
  return textOf(written).replace(/[\0-\x7f]/g, (character) => `&#${character.charCodeAt(0)};`);
}
