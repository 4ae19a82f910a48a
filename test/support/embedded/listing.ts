import { compareKeys } from './key-order.ts';
import { S3Error } from './s3-error.ts';
import { encodeStrictly } from './signature.ts';
import { branch, leaf } from './xml.ts';

/** Something with a place in a listing. */
export interface Keyed {
  readonly key: string;
}

/** Which part of a listing is asked for. */
export interface ListingQuestion<T extends Keyed> {
  readonly prefix: string;
  readonly delimiter: string;
  /** The key or common prefix the page before ended with; empty for the first page. */
  readonly marker: string;
  /** Whether an entry whose key is the marker itself is still to come. */
  readonly isAfterMarker?: (entry: T) => boolean;
  readonly limit: number;
}

/** One page. */
export interface Page<T extends Keyed> {
  readonly entries: readonly T[];
  readonly commonPrefixes: readonly string[];
  /** The last thing on the page, when more follows. */
  readonly next: T | { readonly key: string } | undefined;
}

/** Walks entries, already in order, into one page; keys with the delimiter after the prefix become one line. */
export function listPage<T extends Keyed>(sorted: Iterable<T>, question: ListingQuestion<T>): Page<T> {
  const { prefix, delimiter, marker, isAfterMarker = () => false, limit } = question;
  const rollUp = (key: string): string | undefined => {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  };
  const markerIsPrefix = marker !== '' && rollUp(marker) === marker;
  const isSeen = (entry: T): boolean => {
    if (marker === '') return false;
    if (markerIsPrefix && entry.key.startsWith(marker)) return true;
    const order = compareKeys(entry.key, marker);
    return order < 0 || (order === 0 && !isAfterMarker(entry));
  };

  const entries: T[] = [];
  const commonPrefixes: string[] = [];
  let last: Page<T>['next'];
  for (const entry of sorted) {
    if (!entry.key.startsWith(prefix) || isSeen(entry)) continue;
    const rolled = rollUp(entry.key);
    if (rolled !== undefined && rolled === commonPrefixes.at(-1)) continue;
    if (entries.length + commonPrefixes.length >= limit) return { entries, commonPrefixes, next: last };
    if (rolled === undefined) entries.push(entry);
    else commonPrefixes.push(rolled);
    last = rolled === undefined ? entry : { key: rolled };
  }
  return { entries, commonPrefixes, next: undefined };
}

/** How a listing writes keys: as they are, or url-encoded when the client asked for it. */
export type WriteKey = (key: string) => string;

/** Picks the way from the `encoding-type` parameter. */
export function chooseKeyEncoding(query: URLSearchParams): WriteKey {
  const type = query.get('encoding-type');
  if (type === null) return (key) => key;
  if (type !== 'url')
    throw new S3Error(400, 'InvalidArgument', 'Invalid Encoding Method specified in Request');
  return (key) => encodeStrictly(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

/** The elements a listing of objects and one of uploads have in common. */
export function writeListingHead<T extends Keyed>(
  query: URLSearchParams,
  page: Page<T>,
  writeKey: WriteKey,
): string[] {
  const delimiter = query.get('delimiter');
  return [
    leaf('Prefix', writeKey(query.get('prefix') ?? '')),
    leaf('Delimiter', delimiter === null ? undefined : writeKey(delimiter)),
    leaf('EncodingType', query.get('encoding-type') ?? undefined),
    leaf('IsTruncated', page.next !== undefined),
    ...page.commonPrefixes.map((prefix) => branch('CommonPrefixes', [leaf('Prefix', writeKey(prefix))])),
  ];
}
