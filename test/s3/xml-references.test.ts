import { describe, expect, test } from 'vitest';
import { all, allOf, PAGES } from '../contract/words.ts';
import { answering, inBothWays } from './answering.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['&#x1F600;', '😀'],
  ['&#128512;', '😀'],
  ['&#x0001F600;', '😀'],
  ['&#xD83D;&#xDE00;', '😀'],
  ['a&#xD83D;b', 'a\ufffdb'],
  ['&#x110000;', '\ufffd'],
  ['&#99999999999;', '\ufffd'],
  ['&constructor;', '&constructor;'],
  ['&nbsp;', '&nbsp;'],
  ['a & b', 'a & b'],
  ['&#38;lt;&#60;&#x3e;&quot;&apos;', '&lt;<>"\''],
  ['a&#10;&#233;', 'a\né'],
  ['<![CDATA[&#x1F600;&nope;]]>', '&#x1F600;&nope;'],
];

describe('references in an answer', () => {
  inBothWays(() => {
    test.each(KEYS)('%s in a listing of objects is %j', async (written, key) => {
      const entry = `<Contents><Key>${written}</Key><Size>1</Size></Contents>`;
      const store = await answering(200, `<ListBucketResult>${entry}</ListBucketResult>`);
      expect(await allOf(store.listObjects('box', '', PAGES))).toMatchObject([{ key }]);
    });

    test.each(KEYS)('%s in a listing of uploads is %j', async (written, key) => {
      const entry = `<Upload><Key>${written}</Key><UploadId>u</UploadId></Upload>`;
      const store = await answering(200, `<ListMultipartUploadsResult>${entry}</ListMultipartUploadsResult>`);
      expect(await all(store.listUploads('box', '', PAGES))).toMatchObject([{ key }]);
    });
  });
});
