import { describe, expect, test } from 'vitest';
import type { ListedEntry, ListedVersion } from '../../src/transfer/ports.ts';
import { all, allOf, PAGES } from '../contract/words.ts';
import { answering, errorDocument, storeAnswering } from './answering.ts';

const XML = '<?xml version="1.0" encoding="UTF-8"?>';

/** A page of the first version: no count of keys, no token. */
function pageOfV1(keys: readonly string[], more: string): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  return `${XML}<ListBucketResult><Name>b</Name><Marker></Marker>${more}${contents}</ListBucketResult>`;
}

const keyOf = (entry: ListedEntry | ListedVersion): string =>
  entry.type === 'prefix' ? entry.prefix : entry.key;

describe('a server that knows only the first version of ListObjects', () => {
  test('is asked by it from then on, once the second was refused, and that is said once', async () => {
    const notices: string[] = [];
    const urls: string[] = [];
    const store = await storeAnswering((request, response) => {
      const url = new URL(request.url ?? '', 'http://host');
      urls.push(url.searchParams.has('list-type') ? 'v2' : `v1 ${url.searchParams.get('marker') ?? ''}`);
      if (url.searchParams.has('list-type')) response.writeHead(405).end(errorDocument('MethodNotAllowed'));
      else if (url.searchParams.has('marker'))
        response.end(pageOfV1(['c'], '<IsTruncated>false</IsTruncated>'));
      else response.end(pageOfV1(['a', 'b'], '<IsTruncated>true</IsTruncated>'));
    }, notices);
    for (let run = 0; run < 2; run++)
      expect((await allOf(store.listObjects('box', '', PAGES))).map(keyOf)).toEqual(['a', 'b', 'c']);
    expect(urls).toEqual(['v2', 'v1 ', 'v1 b', 'v1 ', 'v1 b']);
    expect(notices).toEqual([expect.stringContaining('version 1')]);
  });

  test('is found out by its pages where it ignores the version', async () => {
    const notices: string[] = [];
    const store = await storeAnswering((request, response) => {
      const marker = new URL(request.url ?? '', 'http://host').searchParams.get('marker');
      if (marker === null) response.end(pageOfV1(['a', 'b'], '<IsTruncated>true</IsTruncated>'));
      else if (marker === 'b')
        response.end(pageOfV1(['c'], '<IsTruncated>true</IsTruncated><NextMarker>cc</NextMarker>'));
      else if (marker === 'cc') response.end(pageOfV1(['d'], '<IsTruncated>false</IsTruncated>'));
      else response.writeHead(400).end(errorDocument('InvalidArgument'));
    }, notices);
    expect((await allOf(store.listObjects('box', '', PAGES))).map(keyOf)).toEqual(['a', 'b', 'c', 'd']);
    expect(notices).toHaveLength(1);
  });

  test('may ignore where a page begins: what lies before is left out', async () => {
    const store = await answering(200, pageOfV1(['a', 'b', 'c'], '<IsTruncated>false</IsTruncated>'));
    const listed = await allOf(store.listObjects('box', '', { ...PAGES, startAfter: 'b' }));
    expect(listed.map(keyOf)).toEqual(['c']);
  });

  test('does not hide what it refuses altogether', async () => {
    const store = await answering(501, errorDocument('NotImplemented'));
    await expect(allOf(store.listObjects('box', '', PAGES))).rejects.toMatchObject({ kind: 'unsupported' });
  });

  test('is not followed in a circle', async () => {
    let requests = 0;
    const store = await storeAnswering((_, response) => {
      requests++;
      response.end(pageOfV1(['a', 'b'], '<IsTruncated>true</IsTruncated><NextMarker>b</NextMarker>'));
    });
    await expect(allOf(store.listObjects('box', '', PAGES))).rejects.toThrow(/does not advance/);
    expect(requests).toBeLessThan(5);
  });
});

describe('a page that is not understood', () => {
  test('is asked for again through the SDK, and so are those that follow', async () => {
    const agents: string[] = [];
    const store = await storeAnswering((request, response) => {
      agents.push(request.headers['user-agent'] ?? '');
      const url = new URL(request.url ?? '', 'http://host');
      const isLast = url.searchParams.has('continuation-token');
      const more = isLast
        ? '<IsTruncated>false</IsTruncated>'
        : '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><!-- well -->';
      response.end(pageOfV1([isLast ? 'b' : 'a'], more));
    });
    expect((await allOf(store.listObjects('box', '', PAGES))).map(keyOf)).toEqual(['a', 'b']);
    expect(agents.map((agent) => agent === 'partwise')).toEqual([true, false, false]);
  });

  test('is never asked for again where it is hostile', async () => {
    let requests = 0;
    const store = await storeAnswering((_, response) => {
      requests++;
      response.end(`${XML}<!DOCTYPE a><ListBucketResult></ListBucketResult>`);
    });
    await expect(allOf(store.listObjects('box', '', PAGES))).rejects.toThrow(/document type/);
    expect(requests).toBe(1);
  });
});

describe('a listing of versions', () => {
  const version = (key: string, id: string, time: string, latest: boolean): string =>
    `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest><LastModified>${time}</LastModified><ETag>"e"</ETag><Size>3</Size></Version>`;
  const marker = (key: string, id: string, time: string): string =>
    `<DeleteMarker><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>true</IsLatest><LastModified>${time}</LastModified></DeleteMarker>`;
  const [early, later] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];

  test('names delete markers among the versions of their key, the newest first, over several pages', async () => {
    const store = await storeAnswering((request, response) => {
      const query = new URL(request.url ?? '', 'http://host').searchParams;
      const first = `<IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker><NextVersionIdMarker>b1</NextVersionIdMarker>${version('a', 'a1', early, false)}${version('b', 'b1', early, true)}${marker('a', 'a2', later)}`;
      const second = `<IsTruncated>false</IsTruncated>${version('c', 'c1', early, true)}`;
      const isSecond = query.get('key-marker') === 'b' && query.get('version-id-marker') === 'b1';
      response.end(`${XML}<ListVersionsResult>${isSecond ? second : first}</ListVersionsResult>`);
    });
    const found = await allOf(store.listVersions('b', '', PAGES));
    expect(found.map((entry) => [entry.type, keyOf(entry), 'versionId' in entry && entry.versionId])).toEqual(
      [
        ['delete-marker', 'a', 'a2'],
        ['object', 'a', 'a1'],
        ['object', 'b', 'b1'],
        ['object', 'c', 'c1'],
      ],
    );
  });

  test('ends where the markers repeat', async () => {
    const page = `${XML}<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>${version('a', 'a1', early, true)}</ListVersionsResult>`;
    const store = await answering(200, page);
    await expect(allOf(store.listVersions('b', '', PAGES))).rejects.toThrow(/does not advance/);
  });
});

describe('a listing of unfinished uploads', () => {
  const page = (keys: readonly string[], more = ''): string =>
    `${XML}<ListMultipartUploadsResult>${more}${keys.map((key) => `<Upload><Key>${key}</Key><UploadId>id-${key}</UploadId></Upload>`).join('')}</ListMultipartUploadsResult>`;

  test('goes through the whole bucket where the server loses its way behind a prefix', async () => {
    const store = await storeAnswering((request, response) => {
      const stuck = '<IsTruncated>true</IsTruncated><NextKeyMarker>p/a</NextKeyMarker>';
      const hasPrefix = new URL(request.url ?? '', 'http://host').searchParams.has('prefix');
      response.end(hasPrefix ? page(['p/a'], stuck) : page(['other', 'p/a', 'p/b']));
    });
    const found = await all(store.listUploads('b', 'p/', PAGES));
    expect(found.map(({ key }) => key)).toEqual(['p/a', 'p/b']);
  });

  test('goes on by keys alone where ids are refused, and leaves out none of the key at the end of a page', async () => {
    const upload = (key: string, id: string): string =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`;
    const store = await storeAnswering((request, response) => {
      const query = new URL(request.url ?? '', 'http://host').searchParams;
      const next = `<IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker><NextUploadIdMarker>b1</NextUploadIdMarker>`;
      if (query.has('upload-id-marker')) response.writeHead(400).end(errorDocument('InvalidArgument'));
      else if (query.has('prefix'))
        response.end(page([], upload('b', 'b1') + upload('b', 'b2') + upload('bc', 'bc1')));
      else if (query.has('key-marker')) response.end(page([], upload('bc', 'bc1') + upload('c', 'c1')));
      else response.end(page([], next + upload('a', 'a1') + upload('b', 'b1')));
    });
    const found = await all(store.listUploads('b', '', PAGES));
    expect(found.map(({ uploadId }) => uploadId)).toEqual(['a1', 'b1', 'b2', 'bc1', 'c1']);
  });

  test.each([
    ['MinIO', [], 1],
    ['MinIO', ['k'], 0],
    ['nginx', [], 0],
  ])('of %s with %j leaves a doubt %i times', async (server, keys, times) => {
    const doubts: string[] = [];
    const store = await answering(200, page(keys), { server });
    const onDoubt = (sentence: string): void => void doubts.push(sentence);
    expect(await all(store.listUploads('b', '', { ...PAGES, onDoubt }))).toHaveLength(keys.length);
    expect(doubts).toHaveLength(times);
  });
});
