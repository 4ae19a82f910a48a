import { afterEach, describe, expect, test } from 'vitest';
import { parseServerDate } from '../../src/s3/server-date.ts';
import { all, allOf, PAGES } from '../contract/words.ts';
import { answering, inBothWays, object, signal, storeAnswering } from './answering.ts';

const zoneBefore = process.env['TZ'];
afterEach(() => {
  if (zoneBefore === undefined) Reflect.deleteProperty(process.env, 'TZ');
  else process.env['TZ'] = zoneBefore;
});

const ZONES = ['Asia/Tokyo', 'America/New_York'];
const WITHOUT_ZONE = [
  '2026-11-29T18:15:00.000',
  '2026-11-29T18:15:00',
  '2026-11-29T18:15',
  '2026-11-29 18:15:00',
  '2026-11-29 18:15:00.000',
  '20261129T181500',
  'Sun, 29 Nov 2026 18:15:00',
  'Sunday, 29-Nov-26 18:15:00',
  'Sun Nov 29 18:15:00 2026',
  '29 Nov 2026 18:15:00',
];
const WITH_ZONE = [
  '2026-11-29T18:15:00.000Z',
  '2026-11-29T18:15:00.000000Z',
  '2026-11-29t18:15:00z',
  '2026-11-29T19:15:00+01:00',
  '2026-11-29T13:15:00-0500',
  '2026-11-29 18:15:00 UTC',
  '2026-11-29 19:15:00 +0100',
  '20261129T181500Z',
  'Sun, 29 Nov 2026 18:15:00 GMT',
  'Sun, 29 Nov 2026 19:15:00 GMT+0100',
  'Sun, 29 Nov 2026 13:15:00 EST',
  'Sun, 29 Nov 2026 19:15:00 +0100',
  ' Sun, 29 Nov 2026 18:15:00 GMT\n',
];
const MOMENT = Date.UTC(2026, 10, 29, 18, 15);

describe.each(ZONES)('a date of a server, read in %s', (zone) => {
  test.each(WITHOUT_ZONE)('is UTC without a zone: %s', (text) => {
    process.env['TZ'] = zone;
    expect(new Date(2026, 10, 29).getTimezoneOffset()).not.toBe(0);
    expect(parseServerDate(text)).toBe(MOMENT);
  });

  test.each(WITH_ZONE)('is in the zone it names: %s', (text) => {
    process.env['TZ'] = zone;
    expect(parseServerDate(text)).toBe(MOMENT);
  });

  test('begins at midnight UTC when it is a day alone', () => {
    process.env['TZ'] = zone;
    expect(parseServerDate('2026-11-29')).toBe(Date.UTC(2026, 10, 29));
    expect(parseServerDate('29 Nov 2026')).toBe(Date.UTC(2026, 10, 29));
  });
});

test.each([
  '',
  'yesterday',
  '1',
  '1764440100',
  '2026-02-30T00:00:00Z',
  '2026-13-01',
  '2026-00-01',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '0001-01-01T00:00:00Z',
  '2026-11-29T18:15:00 XYZ',
  '2026-11-29T18:15:00+99:00',
  'Sun, 29 Foo 2026 18:15:00 GMT',
  '2026-11-29T18:15:00&#46;000Z',
  `2026-11-29${' '.repeat(100_000)}`,
])('%j is no date', (text) => expect(parseServerDate(text)).toBeUndefined());

describe.each(ZONES)('in %s', (zone) => {
  inBothWays(() => {
    test.each([...WITHOUT_ZONE, ...WITH_ZONE])('listings read %s as the same moment', async (text) => {
      process.env['TZ'] = zone;
      const objects = `<Contents><Key>k</Key><LastModified>${text}</LastModified><Size>1</Size></Contents>`;
      const inPage = await answering(200, `<ListBucketResult>${objects}</ListBucketResult>`);
      expect(await allOf(inPage.listObjects('box', '', PAGES))).toMatchObject([
        { key: 'k', lastModified: new Date(MOMENT) },
      ]);
    });

    test.each<[string, number | undefined]>([
      ...[...WITHOUT_ZONE, ...WITH_ZONE].map((text) => [text.trim(), MOMENT] satisfies [string, number]),
      ['long ago', undefined],
    ])('HEAD reads %s as the same moment', async (text, moment) => {
      process.env['TZ'] = zone;
      const store = await storeAnswering((_, response) => {
        response.writeHead(200, { ETag: '"e"', 'Content-Length': '1', 'Last-Modified': text }).end();
      });
      expect((await store.stat(object, { signal })).lastModified?.getTime()).toBe(moment);
    });

    test('dates of uploads and of their parts without a zone are UTC, and no date is none', async () => {
      process.env['TZ'] = zone;
      const upload = (key: string, date: string): string =>
        `<Upload><Key>${key}</Key><UploadId>${key}</UploadId><Initiated>${date}</Initiated></Upload>`;
      const uploads = upload('a', '2026-11-29 18:15:00') + upload('b', 'long ago');
      const begun = await answering(
        200,
        `<ListMultipartUploadsResult>${uploads}</ListMultipartUploadsResult>`,
      );
      const found = await all(begun.listUploads('box', '', PAGES));
      expect(found.map(({ initiated }) => initiated?.getTime())).toEqual([MOMENT, undefined]);
      const part = `<Part><PartNumber>1</PartNumber><LastModified>Sun, 29 Nov 2026 18:15:00</LastModified></Part>`;
      const parts = await answering(200, `<ListPartsResult>${part}</ListPartsResult>`);
      const ofUpload = { bucket: 'box', key: 'k', uploadId: 'u' };
      expect(await all(parts.listParts(ofUpload, PAGES))).toMatchObject([{ lastModified: new Date(MOMENT) }]);
    });
  });
});
