import { TransferError } from '../transfer/errors.ts';

/** Where bytes are, as a word of the command line names it. */
export type Location =
  | { readonly type: 'object'; readonly bucket: string; readonly key: string }
  | { readonly type: 'stdio' }
  | { readonly type: 'file'; readonly path: string };

/** A bucket that stands in where only an S3 location can stand, and what named it. */
export type DefaultBucket = { readonly name: string; readonly from: string };

function usage(message: string, hint?: string): TransferError {
  return new TransferError('usage', message, { hint });
}

/**
 * Reads a word as a location.
 * @throws TransferError `usage` for an S3 location without a bucket, and for web addresses
 */
export function parseLocation(word: string): Location {
  if (word === '-') return { type: 'stdio' };
  if (word === '') throw usage('an empty word is no location; is a variable not set?');
  if (/^https?:\/\//i.test(word)) {
    throw usage(
      `${word.replace(/\/\/[^/@]*@/, '//')} is a web address, not a location`,
      'Write s3://bucket/key, and name the server with --endpoint-url.',
    );
  }
  if (!/^s3:\/\//i.test(word)) return { type: 'file', path: word };
  const { bucket, key } = splitBucket(word.slice('s3://'.length));
  if (bucket === '') throw usage(`${word} names no bucket`, 'Write s3://bucket/key; is a variable not set?');
  if (!isBucketName(bucket)) throw usage(`"${bucket}" cannot be the name of a bucket`);
  if (key === '/' || key.endsWith('//'))
    throw usage(`${word} has an empty segment at its end`, 'Is a variable not set?');
  return { type: 'object', bucket, key: checkedKey(key) };
}

/** An access point is named by an ARN that may hold a slash itself. */
const ACCESS_POINT =
  /^(arn:[^/]+:(?:accesspoint|outpost)[/:][^/]+(?:\/(?:accesspoint)\/[^/]+)?)(?:\/(.*))?$/s;

function splitBucket(path: string): { bucket: string; key: string } {
  const [, arn, below = ''] = ACCESS_POINT.exec(path) ?? [];
  if (arn !== undefined) return { bucket: arn, key: below };
  const [bucket = '', ...rest] = path.split('/');
  return { bucket, key: rest.join('/') };
}

/**
 * Reads a word that must be an S3 location; a bare word is a key of the default bucket, if there is one.
 * @throws TransferError `usage`
 */
export function parseObject(
  word: string,
  defaultBucket: DefaultBucket | undefined,
): Extract<Location, { type: 'object' }> {
  const location = parseLocation(word);
  if (location.type === 'object') return location;
  if (location.type === 'file' && defaultBucket)
    return { type: 'object', bucket: defaultBucket.name, key: checkedKey(word) };
  throw usage(
    `"${word}" is not an S3 location`,
    'Write s3://bucket/key, or name a default bucket with --bucket.',
  );
}

/** S3 allows a key 1,024 bytes: docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html. */
const LONGEST_KEY_BYTES = 1_024;

function checkedKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY_BYTES) throw usage(`the key has ${bytes} bytes; S3 allows ${LONGEST_KEY_BYTES}`);
  return key;
}

/** Whether some server may have a bucket of this name: wider than S3's own rules, which not everybody keeps. */
export function isBucketName(name: string): boolean {
  if (name.startsWith('arn:')) return ACCESS_POINT.test(name);
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/.test(name);
}

/** Whether a target says "in there, under its own name". */
export function isPrefix(key: string): boolean {
  return key === '' || key.endsWith('/');
}

/** A prefix as `-r`, `abort` and `cleanup` mean it: `logs` is the key itself and what lies under `logs/`. */
export function liesUnder(key: string, prefix: string): boolean {
  if (isPrefix(prefix)) return key.startsWith(prefix);
  return key === prefix || key.startsWith(`${prefix}/`);
}

/** The last segment of a path or key. */
export function lastSegment(name: string): string {
  // Without an expression: `/+$` is quadratic in slashes that do not end the name.
  let end = name.length;
  while (name[end - 1] === '/') end--;
  return name.slice(0, end).split('/').at(-1) ?? '';
}

export type PutWords = {
  readonly sources: readonly Extract<Location, { type: 'file' | 'stdio' }>[];
  readonly target: Extract<Location, { type: 'object' }>;
  /** The target was not written, but taken from the default bucket. */
  readonly assumed: boolean;
};

/**
 * Splits the words of `put` into sources and target: the last word if it is an S3 location, otherwise the root
 * of the default bucket. Where a list names the sources, there need be none among the words.
 * @throws TransferError `usage`
 */
export function splitPut(
  words: readonly string[],
  defaultBucket: DefaultBucket | undefined,
  hasList = false,
): PutWords {
  const last = words.at(-1);
  const written = last !== undefined && /^s3:\/\//i.test(last) && (words.length > 1 || hasList);
  const sources = (written ? words.slice(0, -1) : words).map((word) => {
    const location = parseLocation(word);
    if (location.type !== 'object') return location;
    if (words.length === 1)
      throw usage(`${word} is a target without a source`, 'Write: partwise put FILE s3://bucket/key');
    throw usage(`${word} cannot be a source of put`, 'Fetch it first: partwise get s3://bucket/key FILE');
  });
  if (sources.length === 0 && !hasList)
    throw usage('put needs a source', 'Write: partwise put FILE s3://bucket/key');
  if (sources.filter(({ type }) => type === 'stdio').length > 1) throw usage('stdin can be read only once');
  if (written) return { sources, target: parseObject(last, undefined), assumed: false };
  if (!defaultBucket)
    throw usage('put needs a target', 'End with s3://bucket/key, or name a default bucket with --bucket.');
  return { sources, target: { type: 'object', bucket: defaultBucket.name, key: '' }, assumed: true };
}

export type GetWords = {
  readonly sources: readonly Extract<Location, { type: 'object' }>[];
  readonly target: Extract<Location, { type: 'file' | 'stdio' }>;
};

/**
 * Splits the words of `get`: with two or more, the last is the local target unless it is an S3 location;
 * otherwise the target is the current directory.
 * @throws TransferError `usage`
 */
export function splitGet(words: readonly string[], defaultBucket: DefaultBucket | undefined): GetWords {
  const last = words.at(-1);
  if (last === undefined) throw usage('get needs a source', 'Write: partwise get s3://bucket/key FILE');
  const local = words.length > 1 ? parseLocation(last) : undefined;
  const hasTarget = local !== undefined && local.type !== 'object';
  const sources = (hasTarget ? words.slice(0, -1) : words).map((word) => parseObject(word, defaultBucket));
  return { sources, target: hasTarget ? local : { type: 'file', path: '.' } };
}
