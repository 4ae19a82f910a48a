const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Writes one element with text inside, escaped; nothing at all when there is no value. */
export function leaf(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeText(String(value))}</${name}>`;
}

/** Writes one element around finished XML. */
export function branch(name: string, children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`;
}

/** Writes a whole document of S3's namespace. */
export function xmlDocument(root: string, children: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${children.join('')}</${root}>`;
}

/** Writes the document of an error, which has no namespace. */
export function xmlError(children: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${branch('Error', children)}`;
}

/** The insides of every element of that name, as they stand; enough for S3's flat requests. */
export function readElements(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`, 'g');
  return [...xml.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The text of the first element of that name. */
export function readText(xml: string, name: string): string | undefined {
  const [inside] = readElements(xml, name);
  return inside === undefined ? undefined : unescapeText(inside);
}

// XML 1.0 forbids most control characters even when escaped; S3 sends them as references all the same.
function escapeText(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

function unescapeText(text: string): string {
  return text.replace(/&(#x?)?(\w+);/gi, (whole, kind: string | undefined, body: string) => {
    if (kind === undefined) return ENTITIES.get(body) ?? whole;
    return String.fromCodePoint(Number.parseInt(body, kind === '#' ? 10 : 16));
  });
}
