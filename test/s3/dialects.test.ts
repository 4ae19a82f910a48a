import { describe, expect, it } from 'vitest';
import { all, allOf, PAGES } from '../contract/words.ts';
import { answering, inBothWays, object, signal, storeAnswering } from './answering.ts';

const upload = { ...object, uploadId: 'u' };

inBothWays(() => {
  describe('a document', () => {
    it('is known by what it holds where its root has another name', async () => {
      const part = '<Part><PartNumber>1</PartNumber><ETag>"e"</ETag><Size>3</Size></Part>';
      for (const root of ['ListPartsResult', 'ListPartsResponse', 'ListPartsOutput']) {
        const store = await answering(200, `<${root}><UploadId>u</UploadId>${part}</${root}>`);
        expect(await all(store.listParts(upload, PAGES))).toMatchObject([{ number: 1, size: 3, etag: 'e' }]);
      }
      const begun = await answering(
        200,
        '<CreateMultipartUploadResponse><UploadId>u</UploadId></CreateMultipartUploadResponse>',
      );
      expect((await begun.beginUpload(object, { signal })).uploadId).toBe('u');
    });

    it.each([
      ['a listing of a bucket', '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'],
      ['a page', '<html><body>UploadId</body></html>'],
      ['something else', '<Service><Name>storage</Name></Service>'],
    ])('is none of uploads when it is %s', async (_, body) => {
      const store = await answering(200, body);
      await expect(all(store.listUploads('box', '', { ...PAGES, exactKey: false }))).rejects.toMatchObject({
        kind: 'server',
      });
    });

    it('of XML is one whatever it is called', async () => {
      const page =
        '<?xml version="1.0"?><ListBucketResult><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>';
      const store = await storeAnswering((_, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
      });
      expect(await allOf(store.listObjects('box', '', PAGES))).toMatchObject([{ key: 'k' }]);
      const refusing = await storeAnswering((_, response) => {
        response
          .writeHead(403, { 'Content-Type': 'text/html' })
          .end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
      });
      await expect(allOf(refusing.listObjects('box', '', PAGES))).rejects.toMatchObject({
        code: 'AccessDenied',
      });
    });
  });

  it.each([
    [408, 'network', 'again'],
    [429, 'throttled', 'wait'],
    [503, 'throttled', 'wait'],
  ])('%i with a web page means what its status says', async (status, kind, recovery) => {
    const store = await storeAnswering((_, response) => {
      response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html><body>wait</body></html>');
    });
    await expect(store.stat(object, { signal })).rejects.toMatchObject({ kind, recovery });
    await expect(allOf(store.listObjects('box', '', PAGES))).rejects.toMatchObject({ kind, recovery });
  });

  it('the version "null" names none that is asked for', async () => {
    const store = await storeAnswering((_, response) => {
      response.writeHead(200, { ETag: '"e"', 'Content-Length': '1', 'x-amz-version-id': 'null' }).end();
    });
    expect((await store.stat(object, { signal })).versionId).toBeUndefined();
  });

  it('a checksum of an object in parts that does not say what it is over is no proof', async () => {
    const headers = {
      ETag: `"${'a'.repeat(32)}-2"`,
      'Content-Length': '1',
      'x-amz-checksum-crc32': 'AAAAAA==',
    };
    const bare = await storeAnswering((_, response) => void response.writeHead(200, headers).end());
    expect((await bare.stat(object, { signal })).stored).toBeUndefined();
    const typed = await storeAnswering((_, response) => {
      response.writeHead(200, { ...headers, 'x-amz-checksum-type': 'FULL_OBJECT' }).end();
    });
    expect((await typed.stat(object, { signal })).stored).toMatchObject({ type: 'full-object' });
    const counted = await storeAnswering((_, response) => {
      response.writeHead(200, { ...headers, 'x-amz-checksum-crc32': 'AAAAAA==-2' }).end();
    });
    expect((await counted.stat(object, { signal })).stored).toMatchObject({ type: 'composite', parts: 2 });
  });

  describe('HEAD that says too little', () => {
    it.each([
      ['an empty object', 416, {}, '', 0],
      ['an empty object, by a whole answer', 200, {}, '', 0],
      ['a range', 206, { 'Content-Range': 'bytes 0-0/7', 'Content-Length': '1' }, 'x', 7],
      ['the whole object', 200, { 'Content-Length': '3' }, 'abc', 3],
    ] as const)('is followed by GET: %s', async (_, status, headers, body, size) => {
      const store = await storeAnswering(({ method }, response) => {
        if (method === 'HEAD') response.writeHead(200, { ETag: '"e"', 'Transfer-Encoding': 'chunked' }).end();
        else response.writeHead(status, { ETag: '"e"', ...headers }).end(body);
      });
      expect((await store.stat(object, { signal })).size).toBe(size);
    });

    it('and refuses without a reason is followed by GET, which has one', async () => {
      const store = await storeAnswering(({ method }, response) => {
        const reason =
          '<Error><Code>InvalidRequest</Code><Message>encrypted with a key of yours</Message></Error>';
        response.writeHead(400).end(method === 'HEAD' ? undefined : reason);
      });
      await expect(store.stat(object, { signal })).rejects.toMatchObject({
        code: 'InvalidRequest',
        message: expect.stringContaining('encrypted with a key of yours'),
      });
    });
  });

  it('a server whose later pages of version 2 fail is listed by version 1', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    const store = await storeAnswering(({ url = '' }, response) => {
      const query = new URL(url, 'http://h').searchParams;
      if (query.get('list-type') === '2') return void response.writeHead(500).end();
      const after = query.get('marker') ?? '';
      const [key, next] = keys.filter((one) => one > after);
      const more = next === undefined ? 'false' : 'true';
      response.end(
        `<ListBucketResult><IsTruncated>${more}</IsTruncated><Contents><Key>${key}</Key><Size>1</Size></Contents></ListBucketResult>`,
      );
    });
    expect(
      (await allOf(store.listObjects('box', '', PAGES))).map((entry) => 'key' in entry && entry.key),
    ).toEqual(keys);
  });
});
