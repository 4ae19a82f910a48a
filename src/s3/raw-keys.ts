import { decodeKey } from './encoding.ts';

/** What no url-encoder leaves: anything but printable ASCII, and a percent sign that begins no escape. */
const NEVER_ENCODED = /[^!-~]|%(?![0-9a-f]{2})/i;
/**
 * Whether keys that a server calls url-encoded are not: s3s-fs says `EncodingType` url and encodes nothing, so `a+b` would
 * be read as `a b`. One key tells it of all.
 */
function areRaw(keys: readonly string[], prefix: string): boolean {
  return keys.some((key) => NEVER_ENCODED.test(key) || isOnlyUnder(prefix, key));
}

/** Remembers whether a server encodes the keys that it calls encoded. */
export type ListedKeys = {
  readonly areRaw: boolean;
  /** Looks at keys of a page as they were written. */
  look(keys: readonly string[]): void;
  /** The same memory, for a listing of a prefix. */
  under(prefix: string): ListedKeys;
};

export function createListedKeys(): ListedKeys {
  let isRaw = false;
  const under = (prefix: string): ListedKeys => ({
    get areRaw() {
      return isRaw;
    },
    look: (keys) => void (isRaw ||= areRaw(keys, prefix)),
    under,
  });
  return under('');
}

/** Whether a key is under the prefix that was asked for as it is written, but not decoded. */
function isOnlyUnder(prefix: string, key: string): boolean {
  return key.startsWith(prefix) && !decodeKey(key).startsWith(prefix);
}
