import type {
  BucketInfo,
  ListedEntry,
  ListOptions,
  PageOptions,
  Store,
  UnfinishedUpload,
} from '../../../src/transfer/ports.ts';
import { type Network, request } from './requests.ts';
import { gone, type Habits, type Holdings, receiptOf } from './state.ts';

type Listings = Pick<Store, 'listBuckets' | 'listObjects' | 'listVersions' | 'listUploads' | 'listParts'>;

/** Keys in the order of S3: by their UTF-8 bytes, which is not the order of JavaScript's strings. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function memoryListings(options: {
  readonly bucket: string;
  readonly holdings: Holdings;
  readonly network: Network;
  readonly habits: Habits;
  readonly pageSize: number;
}): Listings {
  const { bucket, holdings, network, habits, pageSize } = options;

  const mustExist = (name: string): void => {
    if (name !== bucket) throw gone(`s3://${name}`, 'NoSuchBucket');
  };

  /** Asks page by page; `from` says what is still to come after `last`. */
  async function* pages<T>(
    verb: 'listBuckets' | 'listObjects' | 'listUploads' | 'listParts',
    { signal, repeat }: PageOptions,
    from: (last: T | undefined) => readonly T[],
  ): AsyncGenerator<{ readonly entries: readonly T[]; readonly listedAt: Date }> {
    for (let last: T | undefined; ; ) {
      const after = last;
      const page = await repeat(() =>
        request(network, { verb, subject: undefined }, signal, () => {
          const rest = from(after);
          return {
            entries: rest.slice(0, pageSize),
            isLast: rest.length <= pageSize,
            listedAt: new Date(network.clock.now()),
          };
        }),
      );
      yield page;
      if (page.isLast) return;
      last = page.entries.at(-1);
    }
  }

  /** Objects page by page; versions are the same: there is one of each. */
  async function* objects(
    name: string,
    prefix: string,
    options: ListOptions,
  ): AsyncGenerator<readonly ListedEntry[]> {
    const { limit = Number.POSITIVE_INFINITY } = options;
    let left = limit;
    if (left <= 0) return;
    const found = pages<ListedEntry>('listObjects', options, (last) => {
      mustExist(name);
      return entriesOf(holdings, prefix, options, last);
    });
    for await (const { entries } of found) {
      yield entries.slice(0, left);
      left -= entries.length;
      if (left <= 0) return;
    }
  }

  return {
    async *listBuckets(options) {
      const all: BucketInfo[] = [{ name: bucket, created: new Date(0) }];
      for await (const { entries } of pages('listBuckets', options, () => all)) yield* entries;
    },

    listObjects: objects,

    async *listVersions(name, prefix, options) {
      for await (const page of objects(name, prefix, options))
        yield page.map((entry) =>
          entry.type === 'prefix' ? entry : Object.assign({ versionId: 'null', isLatest: true }, entry),
        );
    },

    async *listUploads(name, prefix, options) {
      const found = pages<UnfinishedUpload>('listUploads', options, (last) => {
        mustExist(name);
        return [...holdings.uploads.values()]
          .filter(({ key }) => (options.exactKey ? key === prefix : key.startsWith(prefix)))
          .toSorted((a, b) => compareKeys(a.key, b.key) || compareKeys(a.uploadId, b.uploadId))
          .map(({ key, uploadId, initiated }) => ({ bucket, key, uploadId, initiated, listedAt: undefined }))
          .filter((one) => !last || compareMarkers(one, last) > 0);
      });
      for await (const { entries, listedAt } of found)
        for (const entry of entries) yield { ...entry, listedAt };
    },

    async *listParts(upload, options) {
      const found = pages<number>('listParts', options, (last = 0) => {
        const { parts } = holdings.uploads.get(upload.uploadId) ?? {};
        if (!parts) throw gone(upload.uploadId, 'NoSuchUpload');
        return [...parts.keys()].filter((number) => number > last).toSorted((a, b) => a - b);
      });
      for await (const { entries } of found) {
        for (const number of entries) {
          const part = holdings.uploads.get(upload.uploadId)?.parts.get(number);
          if (part) yield receiptOf(part, habits);
        }
      }
    },
  };
}

function compareMarkers(left: UnfinishedUpload, right: UnfinishedUpload): number {
  return compareKeys(left.key, right.key) || compareKeys(left.uploadId, right.uploadId);
}

const nameOf = (entry: ListedEntry): string => (entry.type === 'object' ? entry.key : entry.prefix);

/** Objects and common prefixes behind `last`, in one order. */
function entriesOf(
  { objects }: Holdings,
  prefix: string,
  { delimiter, startAfter }: ListOptions,
  last: ListedEntry | undefined,
): ListedEntry[] {
  const entries = new Map<string, ListedEntry>();
  for (const { key, bytes, etag, lastModified } of objects.values()) {
    if (!key.startsWith(prefix) || (startAfter !== undefined && compareKeys(key, startAfter) <= 0)) continue;
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry: ListedEntry =
      cut === -1
        ? { type: 'object', key, size: bytes.byteLength, etag, lastModified }
        : { type: 'prefix', prefix: key.slice(0, cut + (delimiter?.length ?? 0)) };
    entries.set(nameOf(entry), entry);
  }
  const sorted = [...entries.values()].toSorted((a, b) => compareKeys(nameOf(a), nameOf(b)));
  return last ? sorted.filter((entry) => compareKeys(nameOf(entry), nameOf(last)) > 0) : sorted;
}
