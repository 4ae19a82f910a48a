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

  describe('a server that says it encodes keys, and does not', () => {
    const pageOf = (keys: readonly string[], next = ''): string =>
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== ''}</IsTruncated>${next && `<NextContinuationToken>${next}</NextContinuationToken>`}${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')}</ListBucketResult>`;
    const list = async (prefix: string, ...pages: readonly (readonly string[])[]): Promise<unknown[]> => {
      const store = await storeAnswering(({ url = '' }, response) => {
        const at = Number(new URL(url, 'http://h').searchParams.get('continuation-token') ?? '0');
        response.end(pageOf(pages[at] ?? [], at + 1 < pages.length ? String(at + 1) : ''));
      });
      return (await allOf(store.listObjects('box', prefix, PAGES))).map(
        (entry) => 'key' in entry && entry.key,
      );
    };

    it.each([
      ['a blank', ['%41.txt', 'a b', 'a+b']],
      ['another letter', ['a+b', '\u00e9']],
      ['a percent sign', ['100%', 'a+b']],
    ])('is read as it is: %s', async (_, keys) => expect(await list('', keys)).toEqual(keys));

    it('is read so on the pages that follow, too', async () => {
      expect(await list('', ['a b'], ['b+c'], ['c%41'])).toEqual(['a b', 'b+c', 'c%41']);
    });

    it('is told by the prefix that was asked for', async () => {
      expect(await list('a+b/', ['a+b/x', 'a+b/y'])).toEqual(['a+b/x', 'a+b/y']);
    });

    it('is not meant where keys are encoded', async () => {
      expect(await list('', ['%C3%A9', 'a%2Bb+c', 'd%25', 'e~.-_*'])).toEqual([
        '\u00e9',
        'a+b c',
        'd%',
        'e~.-_*',
      ]);
    });
  });

  it('parts that are numbered from the first on again are not taken for a whole list', async () => {
    const part = (number: number): string =>
      `<Part><PartNumber>${number}</PartNumber><ETag>"e"</ETag><Size>1</Size></Part>`;
    const store = await storeAnswering(({ url = '' }, response) => {
      const isFirst = !url.includes('part-number-marker');
      const parts = isFirst ? part(1) + part(2) + part(3) : part(0) + part(1);
      response.end(
        `<ListPartsResult><UploadId>u</UploadId><IsTruncated>${isFirst}</IsTruncated>${parts}</ListPartsResult>`,
      );
    });
    await expect(all(store.listParts(upload, PAGES))).rejects.toMatchObject({
      message: expect.stringContaining('does not go on behind part 3'),
    });
  });
});
