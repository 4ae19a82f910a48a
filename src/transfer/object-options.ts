import type { ObjectInfo } from './ports.ts';

/** Headers that an object is stored with and answered with. */
export type ObjectHeaders = {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly expires?: Date | undefined;
  /** The caller's own, by name in lower case; values are any text. */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
};

/** How an object is to be stored, beside its bytes. */
export type ObjectOptions = ObjectHeaders & {
  readonly tags?: ReadonlyMap<string, string> | undefined;
  /** A canned one, by S3's name. */
  readonly acl?: string | undefined;
  readonly storageClass?: string | undefined;
  /** Encryption with keys of the service: its own, or one of its key management. */
  readonly encryption?:
    | { readonly type: 's3' }
    | { readonly type: 'kms'; readonly keyId?: string | undefined }
    | undefined;
  /** The object is only stored if none is there, or just this one. */
  readonly condition?:
    | { readonly type: 'absent' }
    | { readonly type: 'match'; readonly etag: string }
    | undefined;
};

/** Everything that shapes the object beside its bytes, as text: two puts that agree here make the same object. */
export function describeShape(options: ObjectOptions): string {
  const { metadata, tags, expires, condition: _, ...plain } = options;
  return JSON.stringify({
    ...plain,
    expires: expires?.getTime(),
    metadata: sorted(metadata),
    tags: sorted(tags),
  });
}

function sorted(map: ReadonlyMap<string, string> | undefined): string[][] {
  return [...(map ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const HEADERS = ['cacheControl', 'contentEncoding', 'contentDisposition', 'contentLanguage'] as const;

/** Whether an object has the headers and metadata that were asked for, no others, and lies where it should. */
export function hasOptions(info: ObjectInfo, asked: ObjectOptions): boolean {
  const found = info.headers ?? {};
  const isTyped =
    asked.contentType === undefined ||
    found.contentType === asked.contentType ||
    (isUntyped(found.contentType) && isUntyped(asked.contentType));
  return (
    isTyped &&
    HEADERS.every((name) => (found[name] ?? '') === (asked[name] ?? '')) &&
    // HTTP dates have no milliseconds.
    seconds(found.expires) === seconds(asked.expires) &&
    isSameMap(found.metadata, asked.metadata) &&
    (info.storageClass ?? 'STANDARD') === (asked.storageClass ?? 'STANDARD') &&
    isEncryptedAs(info.encryption, asked.encryption)
  );
}

/** Two ways to say that nobody knows: S3's own default, and ours. */
function isUntyped(contentType: string | undefined): boolean {
  return contentType === 'binary/octet-stream' || contentType === 'application/octet-stream';
}

/** Nothing asked leaves it to the bucket; a key may be asked for by its id and is told as an ARN, or by an alias. */
export function isEncryptedAs(found: ObjectInfo['encryption'], asked: ObjectOptions['encryption']): boolean {
  if (!asked) return true;
  if (found?.type !== asked.type) return false;
  const keyId = asked.type === 'kms' ? asked.keyId : undefined;
  return keyId === undefined || keyId.includes('alias/') || (found.keyId ?? '').endsWith(keyId);
}

function seconds(date: Date | undefined): number | undefined {
  return date && Math.floor(date.getTime() / 1000);
}

function isSameMap(
  a: ReadonlyMap<string, string> = new Map(),
  b: ReadonlyMap<string, string> = new Map(),
): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}
