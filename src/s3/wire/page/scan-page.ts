import { decodeKey } from '../../encoding.ts';
import { MAX_ELEMENTS, MAX_TEXT_CHARS } from '../../judge-markup.ts';
import { withPrefixes } from '../../listed-names.ts';
import { createListedKeys, type ListedKeys } from '../../raw-keys.ts';
import type { ObjectPage } from '../../object-page.ts';
import { type ReadLike, readLike } from './entry-pattern.ts';
import { leafText } from './leaf-text.ts';
import { NotUnderstood } from './not-understood.ts';
import { type ListedObject, scanEntry } from './scan-entry.ts';
import { createXmlReader, type XmlReader } from './xml-reader.ts';

const ROOT =
  /^(?:<\?xml[^>?]*\?>)?[ \t\n]*<ListBucketResult(?:[ \t\n]+xmlns(?::[a-z]+)?="[\w:/.#-]*")*[ \t\n]*>/;
const ROOT_END = /^<\/ListBucketResult>\s*$/;
/** What comes at most once, and holds nothing but text. */
const SCALARS = new Set([
  'Name',
  'Prefix',
  'Delimiter',
  'MaxKeys',
  'KeyCount',
  'IsTruncated',
  'EncodingType',
  'ContinuationToken',
  'NextContinuationToken',
  'StartAfter',
  'Marker',
  'NextMarker',
]);

/**
 * Reads a page of objects as the SDK would, of either version, in any order of its elements; `undefined` for what is
 * unusual, good or bad: somebody else has to look at it. Whatever it reads is a whole document of the right root,
 * without a document type, and not deep. `keys` remembers whether this server encodes them.
 */
export function scanPage(text: string, keys = createListedKeys()): ObjectPage | undefined {
  try {
    // As the SDK's parser, and any other, takes line ends.
    return scan(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, keys);
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

function scan(xml: string, keys: ListedKeys): ObjectPage {
  const start = ROOT.exec(xml)?.[0].length;
  if (start === undefined || start > MAX_TEXT_CHARS) throw new NotUnderstood();
  const reader = createXmlReader(xml, start);
  const objects: ListedObject[] = [];
  const prefixes: string[] = [];
  const found = new Map<string, string>();
  let others: ReadLike | undefined;
  let byPattern = 0;
  for (let name = reader.enter(); name !== undefined; name = reader.enter()) {
    if (name === 'Contents') {
      const before = reader.at;
      objects.push(scanEntry(reader));
      others ??= readLike(`<Contents>${xml.slice(before, reader.at)}`);
      if (others) {
        const known = objects.length;
        reader.moveTo(others.readAll(xml, reader.at, objects));
        byPattern += (objects.length - known) * others.elements;
      }
    } else if (name === 'CommonPrefixes') {
      prefixes.push(scanPrefix(reader));
    } else if (SCALARS.has(name)) {
      if (found.has(name)) throw new NotUnderstood();
      found.set(name, leafText(reader.text()));
      reader.leave(name);
    } else reader.skip(name);
    if (reader.elements + byPattern >= MAX_ELEMENTS) throw new NotUnderstood();
  }
  if (!isAtEnd(xml, reader.at)) throw new NotUnderstood();
  const isEncoded = found.get('EncodingType') === 'url';
  // A page without either has no key to decode; looked for one by one, which is ten times faster than by a pattern.
  const hasEscapes = xml.includes('%') || xml.includes('+');
  if (isEncoded) keys.look(hasEscapes ? [...objects.map(({ key }) => key), ...prefixes] : endsOf(objects));
  const decode = isEncoded && hasEscapes && !keys.areRaw ? decodeKey : itself;
  const entries =
    decode === itself
      ? objects
      : objects.map((object) => Object.assign({}, object, { key: decode(object.key) }));
  return {
    entries: withPrefixes(entries, prefixes.map(decode)),
    isTruncated: found.get('IsTruncated')?.toLowerCase() === 'true',
    isCounted: found.has('KeyCount'),
    nextToken: found.get('NextContinuationToken') ?? '',
    nextMarker: decode(found.get('NextMarker') ?? ''),
  };
}

/** Enough of keys that are the same either way: they tell only of the pages that follow. */
function endsOf(objects: readonly ListedObject[]): string[] {
  return [objects[0], objects.at(-1)].flatMap((object) => object?.key ?? []);
}

function scanPrefix(reader: XmlReader): string {
  let prefix: string | undefined;
  for (let name = reader.enter(); name !== undefined; name = reader.enter()) {
    if (name !== 'Prefix') reader.skip(name);
    else if (prefix !== undefined) throw new NotUnderstood();
    else {
      prefix = leafText(reader.text());
      reader.leave(name);
    }
  }
  reader.leave('CommonPrefixes');
  if (prefix === undefined) throw new NotUnderstood();
  return prefix;
}

function isAtEnd(xml: string, at: number): boolean {
  return ROOT_END.test(xml.slice(at));
}

function itself(key: string): string {
  return key;
}
