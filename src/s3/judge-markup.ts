/** No S3 answer nests deeper than a handful. */
const MAX_NESTING = 64;
/**
 * The longest text of one element, tag, or stretch of white space. A key of 1,024 bytes is 6,144 characters where each
 * is a reference such as `&quot;`, and 3,072 where it is url-encoded. Tokens and markers travel in the next request's
 * first line, which servers take up to 8 KiB of.
 */
export const MAX_TEXT_CHARS = 8 * 1024;
/**
 * The most elements: a page of buckets has 10,000 of five elements each, a page of anything else 1,000 entries of some
 * twenty. Parsers take some hundred bytes for each.
 */
export const MAX_ELEMENTS = 64 * 1024;

/** What is wrong with the markup of a document: it ends early, it is not XML, or it is more than S3 ever says. */
export type MarkupFault = 'cut' | 'broken' | 'deep' | 'long' | 'many';

/** An opening tag, as any XML parser reads it: a name, attributes in quotes, an end. */
const OPENING =
  /<[^ \t\r\n>/<"'=!?][^ \t\r\n>/<"'=]*(?:[ \t\r\n]+[^ \t\r\n>/<"'=?]+[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*'))*[ \t\r\n]*\/?>/y;
/** What is passed over, by how it begins and ends. The ends are looked for where the SDK's parser looks for them. */
const PASSED_OVER = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

/**
 * Goes through the elements of a document from its root on, in one pass that ends at the first fault: parsers take
 * quadratic time, deep stacks, or a hundred bytes for one, for some documents, and must not see them. No more elements
 * are open than a parser would have open. Whether names of ends fit is left to the parser.
 */
export function faultOf(xml: string, root: number): MarkupFault | undefined {
  let [at, depth, elements] = [root, 0, 0];
  do {
    const begin = at;
    if (xml.startsWith('</', at)) {
      at = endBehind(xml, '>', at);
      depth--;
    } else if (xml.startsWith('<!', at) || xml.startsWith('<?', at)) {
      const [, end] = PASSED_OVER.find(([start]) => xml.startsWith(start, begin)) ?? [];
      if (end === undefined) return 'broken';
      at = endBehind(xml, end, at);
    } else {
      OPENING.lastIndex = at;
      if (!OPENING.test(xml)) return xml.includes('>', at) ? 'broken' : 'cut';
      at = OPENING.lastIndex;
      if (xml[at - 2] !== '/') depth++;
      if (depth > MAX_NESTING) return 'deep';
      if (++elements > MAX_ELEMENTS) return 'many';
    }
    if (at === -1) return 'cut';
    const textBegin = at;
    // Behind the end of the root there is nothing: white space was cut off.
    if (depth > 0) at = xml.indexOf('<', at);
    if (at === -1) return 'cut';
    if (textBegin - begin > MAX_TEXT_CHARS || at - textBegin > MAX_TEXT_CHARS) return 'long';
  } while (depth > 0);
  return at === xml.length ? undefined : 'broken';
}

/** The place behind the next `end`; -1 where there is none. */
function endBehind(xml: string, end: string, from: number): number {
  const at = xml.indexOf(end, from);
  return at === -1 ? -1 : at + end.length;
}
