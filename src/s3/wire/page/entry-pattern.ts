import { unquote } from '../../encoding.ts';
import { MAX_TEXT_CHARS } from '../../judge-markup.ts';
import { msOfDay, msOfTime, S3_DATE } from './s3-date.ts';
import type { ListedObject } from './scan-entry.ts';

/** Reads objects that look like one another, at a fraction of what stepping through their elements costs. */
export type ReadLike = {
  /** How many elements each of them has. */
  readonly elements: number;
  /** Reads as many as follow each other at `at`, into `objects`; returns where the first other thing begins. */
  readAll(xml: string, at: number, objects: ListedObject[]): number;
};

const PLAIN = '[^<&\\n]*';
/** What the text of each element must look like, and be caught as. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['Key', PLAIN],
  ['LastModified', S3_DATE],
  ['Size', String.raw`\d{1,15}`],
  ['StorageClass', PLAIN],
  ['ChecksumAlgorithm', PLAIN],
]);
/** How servers write the quotes around an ETag. */
const QUOTES = ['&quot;', '&#34;', '"', ''];
/** No server says so much of one object; a pattern of any length could be made of it otherwise. */
const LONGEST_SAMPLE = 4096;
const LEAF = /<([A-Z][A-Za-z0-9]*)>([^<]*)<\/\1>/g;
const FLAT = /^<Contents>(?:\s*<([A-Z][A-Za-z0-9]*)>[^<]*<\/\1>)*\s*<\/Contents>$/;
const OWNER = /<Owner>(\s*)((?:<(?:ID|DisplayName)>[^<]*<\/(?:ID|DisplayName)>\s*)*)<\/Owner>/;

/**
 * A pattern for objects whose elements are those of `sample`, in the same order, with the same spaces between them;
 * `undefined` where elements lie within elements.
 */
export function readLike(sample: string): ReadLike | undefined {
  if (sample.length > LONGEST_SAMPLE || !FLAT.test(sample.replace(OWNER, '$2'))) return undefined;
  const caught: string[] = [];
  let etagOf: (text: string) => string | undefined = unquoted;
  const source = sample.replace(LEAF, (_, name: string, text: string) => {
    const isFirst = !caught.includes(name);
    if (name === 'ETag' && isFirst) {
      caught.push(name);
      const quote = QUOTES.find((one) => text.startsWith(one)) ?? '';
      if (quote === '') etagOf = unquote;
      return `<ETag>${quote}([^<&"\\n]*)${quote}</ETag>`;
    }
    const pattern = TEXTS.get(name);
    if (pattern === undefined || !isFirst) return `<${name}>${PLAIN}</${name}>`;
    // A date is caught as two: its time lies behind its day.
    caught.push(name, ...(name === 'LastModified' ? [''] : []));
    return `<${name}>${name === 'LastModified' ? pattern : `(${pattern})`}</${name}>`;
  });
  const pattern = new RegExp(source, 'y');
  const placeOf = (name: string): number => caught.indexOf(name) + 1;
  const [key, size, etag, date] = [placeOf('Key'), placeOf('Size'), placeOf('ETag'), placeOf('LastModified')];
  const [storageClass, algorithm] = [placeOf('StorageClass'), placeOf('ChecksumAlgorithm')];
  // Without these there would be little to tell.
  if (key === 0 || size === 0 || date === 0) return undefined;
  return {
    elements: sample.split(/<[A-Z]/).length - 1,
    readAll(xml, start, objects) {
      let at = start;
      let [day, dayMs] = ['', 0];
      // A word that comes again and again is kept once.
      let [word, sum]: [string | undefined, string | undefined] = [undefined, undefined];
      for (;;) {
        pattern.lastIndex = at;
        const found = pattern.exec(xml);
        // What is so long may hold a text that is too long: it is read element by element.
        if (found === null || found[0].length > MAX_TEXT_CHARS) return at;
        at = pattern.lastIndex;
        const itsDay = found[date] ?? '';
        // Neighbours often came on one day.
        if (itsDay !== day) [day, dayMs] = [itsDay, msOfDay(itsDay)];
        if (storageClass !== 0 && found[storageClass] !== word) word = found[storageClass];
        if (algorithm !== 0 && found[algorithm] !== sum) sum = found[algorithm];
        objects.push({
          type: 'object',
          key: found[key] ?? '',
          size: Number(found[size]),
          etag: etag === 0 ? undefined : etagOf(found[etag] ?? ''),
          lastModified: new Date(dayMs + msOfTime(found[date + 1] ?? '')),
          storageClass: word,
          checksumAlgorithm: sum,
        });
      }
    },
  };
}

function unquoted(text: string): string | undefined {
  return text || undefined;
}
