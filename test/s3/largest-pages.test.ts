import { describe, expect, test } from 'vitest';
import { MAX_PAGE_BYTES } from '../../src/s3/answer.ts';
import { faultOf } from '../../src/s3/judge-markup.ts';
import { all, allOf, PAGES } from '../contract/words.ts';
import { answering, errorDocument, inBothWays, storeAnswering } from './answering.ts';

/** Keys of 1,024 bytes, each of which takes three when it is url-encoded. */
const keys = Array.from(
  { length: 1000 },
  (_, index) => `${String(index).padStart(4, '0')}${'～'.repeat(340)}`,
);
const encodedKey = (key: string): string =>
  [...Buffer.from(key)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
const person = `<ID>arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}</ID><DisplayName>${'n'.repeat(256)}</DisplayName>`;
const owner = `<Owner>${person}</Owner>`;
const ALGORITHMS = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
  'XXHASH64',
  'XXHASH3',
  'XXHASH128',
];
const algorithms = ALGORITHMS.map((name) => `<ChecksumAlgorithm>${name}</ChecksumAlgorithm>`).join('');
const date = '2026-11-29T18:15:00.000Z';
const ofObject = `<LastModified>${date}</LastModified><ETag>&quot;0123456789abcdef0123456789abcdef-10000&quot;</ETag>${algorithms}<ChecksumType>FULL_OBJECT</ChecksumType><Size>52776558133248</Size><StorageClass>INTELLIGENT_TIERING</StorageClass>${owner}`;
const restore = `<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>${date}</RestoreExpiryDate></RestoreStatus>`;
const longId = (index: number): string => String(index).padStart(4, '0').repeat(256);

/** As servers write that put every element on a line of its own. */
const indented = (xml: string): string => xml.replace(/></g, '>\n      <');
const page = (root: string, head: string, entries: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${'b'.repeat(63)}</Name><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${head}${entries.join('')}</${root}>`;

const objects = indented(
  page(
    'ListBucketResult',
    '',
    keys.map((key) => `<Contents><Key>${encodedKey(key)}</Key>${ofObject}${restore}</Contents>`),
  ),
);
const versions = indented(
  page(
    'ListVersionsResult',
    '',
    keys.map(
      (key, index) =>
        `<Version><Key>${encodedKey(key)}</Key><VersionId>${longId(index)}</VersionId><IsLatest>true</IsLatest>${ofObject}${restore}</Version>`,
    ),
  ),
);
const uploads = indented(
  page(
    'ListMultipartUploadsResult',
    '',
    keys.map(
      (key, index) =>
        `<Upload><Key>${encodedKey(key)}</Key><UploadId>${longId(index)}</UploadId><Initiator>${person}</Initiator>${owner}<StorageClass>INTELLIGENT_TIERING</StorageClass><Initiated>${date}</Initiated><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType></Upload>`,
    ),
  ),
);
const sums = ALGORITHMS.map((name) => `<Checksum${name}>${'A'.repeat(88)}</Checksum${name}>`).join('');
const parts = indented(
  page(
    'ListPartsResult',
    `<UploadId>${longId(1)}</UploadId><Key>${encodedKey(keys[0] ?? '')}</Key><Initiator>${person}</Initiator>${owner}`,
    keys.map(
      (_, index) =>
        `<Part><PartNumber>${index + 9001}</PartNumber><LastModified>${date}</LastModified><ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>5368709120</Size>${sums}</Part>`,
    ),
  ),
);
/** S3 lists up to 10,000 buckets at a time. */
const buckets = `<ListAllMyBucketsResult>${owner}<Buckets>${Array.from({ length: 10_000 }, (_, index) => {
  const name = String(index).padStart(63, 'b');
  return `<Bucket><Name>${name}</Name><CreationDate>${date}</CreationDate><BucketRegion>ap-southeast-2</BucketRegion><BucketArn>arn:aws:s3:::${name}</BucketArn></Bucket>`;
}).join('')}</Buckets></ListAllMyBucketsResult>`;

describe('the largest page that an honest server sends', () => {
  test.each([
    ['objects', objects],
    ['versions', versions],
    ['uploads', uploads],
    ['parts', parts],
    ['buckets', buckets],
  ])('is within the limits, of %s', (_, document) => {
    expect(Buffer.byteLength(document)).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(faultOf(document, document.search(/<List/))).toBeUndefined();
  });

  inBothWays(() => {
    const how = { ...PAGES, limit: Number.POSITIVE_INFINITY };
    const keysOf = (entries: readonly object[]): unknown[] =>
      entries.map((entry) => ('key' in entry ? entry.key : undefined));

    test('is read, of objects', async () => {
      const store = await answering(200, objects);
      expect(keysOf(await allOf(store.listObjects('box', '', how)))).toEqual(keys);
    });

    test('is read, of objects by the first version', async () => {
      const store = await storeAnswering((request, response) => {
        if (request.url?.includes('list-type'))
          response.writeHead(405).end(errorDocument('MethodNotAllowed'));
        else response.end(objects);
      });
      expect(keysOf(await allOf(store.listObjects('box', '', how)))).toEqual(keys);
    });

    test('is read, of versions', async () => {
      const store = await answering(200, versions);
      expect(keysOf(await allOf(store.listVersions('box', '', how)))).toEqual(keys);
    });

    test('is read, of uploads', async () => {
      const store = await answering(200, uploads);
      expect(keysOf(await all(store.listUploads('box', '', PAGES)))).toEqual(keys);
    });

    test('is read, of parts', async () => {
      const store = await answering(200, parts);
      const found = await all(store.listParts({ bucket: 'box', key: 'k', uploadId: 'u' }, PAGES));
      expect(found.map(({ number }) => number)).toEqual(keys.map((_, index) => index + 9001));
    });

    test('is read, of buckets', async () => {
      const store = await answering(200, buckets);
      expect(await all(store.listBuckets(PAGES))).toHaveLength(10_000);
    });
  });
});

describe('a page that no honest server sends', () => {
  const spaces = `<ListBucketResult>${' '.repeat(MAX_PAGE_BYTES - 100)}</ListBucketResult>`;
  const references = `<ListBucketResult><Name>${'&amp;'.repeat(MAX_PAGE_BYTES / 6)}</Name></ListBucketResult>`;
  const elements = `<ListBucketResult>${'<a/>'.repeat(MAX_PAGE_BYTES / 5)}</ListBucketResult>`;
  const endless = `<ListBucketResult>${'<a>b</a>\n'.repeat(MAX_PAGE_BYTES / 9)}</ListBucketResult>`;

  inBothWays(() => {
    test.each([
      ['spaces', spaces, /longer text/],
      ['references', references, /longer text/],
      ['elements', elements, /more elements/],
      ['more bytes than any page', endless, /does not end/],
    ])('is refused: one of %s', async (_, document, message) => {
      const store = await answering(200, document);
      await expect(allOf(store.listObjects('box', '', PAGES))).rejects.toMatchObject({
        kind: 'server',
        recovery: 'never',
        message: expect.stringMatching(message),
      });
    });
  });
});
