import { describe, expect, test } from 'vitest';
import type { ListedEntry, Repeat } from '../../src/transfer/ports.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { compareKeys } from '../support/memory/listings.ts';
import type { Subject } from './store-contract.ts';
import { ABORTED, all, allOf, ONCE, PAGES, place } from './words.ts';

/** In UTF-8 order, none of them a directory of another (file systems cannot hold both); 😀 comes after ～ there, and before it in the order of JavaScript's strings. */
const KEYS = ['A', 'a b', 'a/1', 'a/2', 'b+c', 'b/x/1', 'b/y', 'c&d', 'z', 'é', '～', '😀'];

const refusing: Repeat = () => Promise.reject(new Error('not today'));

const nameOf = (entry: ListedEntry): string =>
  entry.type === 'object' ? entry.key : `${entry.prefix} (prefix)`;

/** Listings of buckets and objects. */
export function describeListings(subject: Subject): void {
  const under = async (prefix: string): Promise<void> => {
    for (const key of KEYS.toReversed()) await place(subject, prefix + key, patternBytes(3));
  };
  const names = async (
    prefix: string,
    options: { delimiter?: string; startAfter?: string; limit?: number } = {},
  ): Promise<string[]> =>
    (await allOf(subject.store.listObjects(subject.bucket, prefix, { ...options, ...PAGES }))).map(nameOf);

  describe('listings', () => {
    test('name every object under a prefix once, in order of UTF-8 bytes', async () => {
      await under('order/');
      expect(KEYS).toEqual(KEYS.toSorted(compareKeys));
      expect(await names('order/')).toEqual(KEYS.map((key) => `order/${key}`));
    });

    test('tell size, ETag and time of each object', async () => {
      await place(subject, 'details/one', patternBytes(3));
      const [entry] = await allOf(subject.store.listObjects(subject.bucket, 'details/', PAGES));
      expect(entry).toMatchObject({ type: 'object', key: 'details/one', size: 3 });
      expect(entry).toHaveProperty('etag', expect.stringMatching(/^[^"]+$/));
      expect(entry).toHaveProperty('lastModified', expect.any(Date));
    });

    test('fold what is behind a delimiter, in one order with the objects', async () => {
      await under('folded/');
      expect((await names('folded/', { delimiter: '/' })).map((name) => name.replace('folded/', ''))).toEqual(
        ['A', 'a b', 'a/ (prefix)', 'b+c', 'b/ (prefix)', 'c&d', 'z', 'é', '～', '😀'],
      );
    });

    test('begin after a key and end at a limit', async () => {
      await under('some/');
      expect(await names('some/', { startAfter: 'some/b+c', limit: 3 })).toEqual([
        'some/b/x/1',
        'some/b/y',
        'some/c&d',
      ]);
      expect(await names('some/', { limit: 1 })).toEqual(['some/A']);
      expect(await names('some/', { startAfter: 'some/😀' })).toEqual([]);
    });

    test('tell every object as a version, too', async () => {
      await under('versions/');
      const found = await allOf(subject.store.listVersions(subject.bucket, 'versions/', PAGES));
      expect(found.map((entry) => (entry.type === 'prefix' ? '' : entry.key))).toEqual(
        KEYS.map((key) => `versions/${key}`),
      );
      for (const entry of found) expect(entry).toMatchObject({ type: 'object', isLatest: true, size: 3 });
    });

    test('are empty under a prefix that nothing has', async () => {
      expect(await names('nothing/here/')).toEqual([]);
    });

    test('go through the repetition they are given, page by page', async () => {
      await under('pages/');
      let pages = 0;
      const repeat: Repeat = (request) => {
        pages++;
        return ONCE(request);
      };
      const listing = subject.store.listObjects(subject.bucket, 'pages/', { ...PAGES, repeat });
      expect(await allOf(listing)).toHaveLength(KEYS.length);
      expect(pages).toBeGreaterThan(0);
      const refused = subject.store.listObjects(subject.bucket, 'pages/', { ...PAGES, repeat: refusing });
      await expect(all(refused)).rejects.toThrow('not today');
    });

    test('may be left early', async () => {
      await under('early/');
      const seen: string[] = [];
      for await (const page of subject.store.listObjects(subject.bucket, 'early/', PAGES)) {
        seen.push(...page.map(nameOf));
        if (seen.length >= 2) break;
      }
      expect(seen.slice(0, 2)).toEqual(['early/A', 'early/a b']);
    });

    test('fail for a bucket that is not there', async () => {
      const name = `${subject.bucket}-that-is-not-there`;
      const missing = { kind: 'not-found', recovery: 'never' };
      await expect(allOf(subject.store.listObjects(name, '', PAGES))).rejects.toMatchObject(missing);
      await expect(all(subject.store.listUploads(name, '', PAGES))).rejects.toMatchObject(missing);
    });

    test('name the bucket among all buckets', async () => {
      const buckets = await all(subject.store.listBuckets(PAGES));
      expect(buckets.map(({ name }) => name)).toContain(subject.bucket);
    });

    test('ask nothing by an aborted signal', async () => {
      const aborted = { ...PAGES, signal: ABORTED };
      const interrupted = { kind: 'interrupted' };
      await expect(all(subject.store.listBuckets(aborted))).rejects.toMatchObject(interrupted);
      await expect(allOf(subject.store.listObjects(subject.bucket, '', aborted))).rejects.toMatchObject(
        interrupted,
      );
    });
  });
}
