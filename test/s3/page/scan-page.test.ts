import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanPage } from '../../../src/s3/wire/page/scan-page.ts';
import { damagedPages, pages } from './pages.ts';
import { readBySdk } from './sdk-reading.ts';

const page = (inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`;
const object = (key: string, more = ''): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size>${more}</Contents>`;

/** Either the same as the SDK's, or nothing. */
async function agrees(given: string): Promise<boolean> {
  // As it would come out of bytes: without half a surrogate pair.
  const xml = Buffer.from(given).toString();
  const scanned = scanPage(xml);
  if (scanned) expect(scanned).toEqual(await readBySdk(xml));
  return scanned !== undefined;
}

describe('a scanned page', () => {
  test('is what the SDK makes of it, or nothing', { timeout: 60_000 }, async () => {
    let understood = 0;
    await fc.assert(
      fc.asyncProperty(pages, async (xml) => {
        if (await agrees(xml)) understood++;
      }),
      { numRuns: 1000 },
    );
    expect(understood).toBeGreaterThan(200);
  });

  test('is so for damaged pages, too', { timeout: 60_000 }, async () => {
    let understood = 0;
    await fc.assert(
      fc.asyncProperty(damagedPages, async (xml) => {
        if (await agrees(xml)) understood++;
      }),
      { numRuns: 1500 },
    );
    expect(understood).toBeGreaterThan(10);
  });

  test.each([
    ['as S3 writes it', object('a') + object('b', '<StorageClass>STANDARD</StorageClass>')],
    ['with owners', object('a', '<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>').repeat(3)],
    [
      'with empty elements',
      `<Prefix></Prefix><Marker/><Delimiter></Delimiter>${object('a', '<Owner></Owner>')}`,
    ],
    ['on lines of its own', `\n  ${object('a')}\n  ${object('b')}\r\n`],
    ['with elements that nobody knows', `<New><Thing>1</Thing><Thing/></New>${object('a', '<New>x</New>')}`],
    ['with encoded keys', `${object('a+b%26%25')}<EncodingType>url</EncodingType>`],
    [
      'with characters above U+FFFF',
      object('&#x1F600;&#128512;&#xD83D;&#xDE00;&#xD83D;&#x110000;') + object('a'),
    ],
    ['with references', object('&lt;&amp;&gt;&#x41;&#66;&quot;&apos;')],
    [
      'with several algorithms',
      object(
        'a',
        '<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA1</ChecksumAlgorithm>',
      ).repeat(2),
    ],
    ['of nothing', '<IsTruncated>false</IsTruncated>'],
  ])('is understood %s', async (_, inner) => {
    expect(await agrees(page(inner))).toBe(true);
  });

  test.each([
    ['a document type', `<!DOCTYPE a>${page(object('a'))}`],
    ['another root', '<ListVersionsResult></ListVersionsResult>'],
    ['an error', '<Error><Code>SlowDown</Code></Error>'],
    ['a remark', page(`<!-- x -->${object('a')}`)],
    ['CDATA', page(object('<![CDATA[a]]>'))],
    ['an object in an object', page(object('a', object('b')))],
    ['two keys', page(object('a', '<Key>b</Key>'))],
    ['two sizes', page(object('a', '<Size>2</Size>'))],
    ['no key', page('<Contents><Size>1</Size></Contents>')],
    ['a size that is none', page('<Contents><Key>a</Key><Size>-1</Size></Contents>')],
    ['what is not closed', page(object('a')).slice(0, -5)],
    ['deep nesting', page('<A>'.repeat(100) + '</A>'.repeat(100))],
    ['unknown references', page(object('&nbsp;'))],
    [
      'a date that is none',
      page('<Contents><Key>a</Key><LastModified>2026-02-30T00:00:00.000Z</LastModified></Contents>'),
    ],
    ['attributes', page(object('a', '<Owner a="b">c</Owner>'))],
    ['nothing', ''],
  ])('is left to others with %s', (_, xml) => {
    expect(scanPage(xml)).toBeUndefined();
  });
});
