import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import {
  objectsPage,
  type ScriptedAnswer,
  type ScriptedRequest,
  startScripted,
} from '../support/scripted-server.ts';

const embedded = startEmbedded();
const WAYS = ['wire', 'sdk'] as const;

/** What a listing of any kind is called, and the elements by which its pages go on. */
function pageWithout(query: URLSearchParams, next: string): string {
  const more = '<IsTruncated>true</IsTruncated>';
  if (query.has('uploads'))
    return `<ListMultipartUploadsResult>${more}<NextKeyMarker>k${next}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker></ListMultipartUploadsResult>`;
  if (query.has('versions'))
    return `<ListVersionsResult>${more}<NextKeyMarker>k${next}</NextKeyMarker></ListVersionsResult>`;
  return objectsPage([], next);
}

/** Keys that are listed whatever the prefix; every object holds its own key. */
function listing(keys: readonly string[]) {
  return ({ method, path, query }: ScriptedRequest): ScriptedAnswer => {
    if (query.has('list-type')) return { body: objectsPage(keys.map((key) => ({ key, size: key.length }))) };
    const key = path.replace(/^\/[^/]+\//, '');
    const headers = { ETag: '"e"', 'Content-Length': String(key.length) };
    return method === 'HEAD' ? { headers } : { headers, body: key };
  };
}

describe('a listing that names keys outside the prefix', () => {
  it.each(WAYS)('fails, and nothing of it is fetched or shown (%s)', async (way) => {
    const server = await startScripted(listing(['p/ok', 'q/ok', 'zzzz/ok']));
    const place = await embedded.open({ endpoint: server.endpoint });
    const env = { PARTWISE_STORE: way };
    for (const prefix of ['p/', 'p']) {
      const got = await place.partwise(['get', '-r', place.location(prefix), 'out'], { env });
      expect(got.code).toBe(1);
      expect(got.stderr).toContain('keys outside the prefix');
      expect(await readdir(join(place.dir, 'out'))).toEqual([]);
    }
    for (const args of [
      ['ls', place.location('p/')],
      ['ls', '-r', '--parallel', '4', place.location('p/')],
    ]) {
      const listed = await place.partwise(args, { env });
      expect([listed.code, listed.stdout]).toEqual([1, '']);
    }
  });
});

describe('a listing without an end', () => {
  it.each(WAYS)(
    'is given up, whatever is listed (%s)',
    async (way) => {
      const server = await startScripted(({ query, path, index }) =>
        path === '/'
          ? {
              body: `<ListAllMyBucketsResult><Buckets/><ContinuationToken>t${index}</ContinuationToken></ListAllMyBucketsResult>`,
            }
          : { body: pageWithout(query, String(index)), headers: { Date: new Date().toUTCString() } },
      );
      const place = await embedded.open({ endpoint: server.endpoint });
      const all = place.location();
      for (const args of [
        ['ls'],
        ['ls', all],
        ['ls', '-r', '--parallel', '4', all],
        ['ls', '-I', all],
        ['ls', '--versions', all],
        ['get', '-r', all, 'out'],
        ['cleanup', all, '--older-than', '7d'],
      ]) {
        const { code, stderr } = await place.partwise(args, { env: { PARTWISE_STORE: way } });
        expect([args.join(' '), code]).toEqual([args.join(' '), 1]);
        expect(stderr).toContain('pages without new entries');
      }
    },
    240_000,
  );

  it.each(WAYS)('is given up when it goes round in circles (%s)', async (way) => {
    const pages = [
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
    ].map((keys) => keys.map((key) => ({ key })));
    const server = await startScripted(({ index }) => ({
      body: objectsPage(pages[index % pages.length] ?? [], `token-${index}`),
    }));
    const place = await embedded.open({ endpoint: server.endpoint });
    const { code, stderr } = await place.partwise(['ls', '-r', place.location()], {
      env: { PARTWISE_STORE: way },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('goes round in circles');
  });

  it.each(WAYS)('is none when some pages are empty, or repeat the last one (%s)', async (way) => {
    const pages = [[], ['a', 'b'], [], ['a', 'b'], ['c'], [], ['d']].map((keys) =>
      keys.map((key) => ({ key })),
    );
    const server = await startScripted(({ query }) => {
      const at = Number(query.get('continuation-token') ?? '0');
      return { body: objectsPage(pages[at] ?? [], at + 1 < pages.length ? String(at + 1) : undefined) };
    });
    const place = await embedded.open({ endpoint: server.endpoint });
    const { code, stdout } = await place.partwise(['ls', '-r', '-0', place.location()], {
      env: { PARTWISE_STORE: way },
    });
    expect([code, stdout.split('\0')]).toEqual([0, ['a', 'b', 'a', 'b', 'c', 'd', '']]);
  });

  it.each(WAYS)('loses no key of a server that sorts otherwise (%s)', async (way) => {
    const server = await startScripted(({ query }) =>
      query.has('continuation-token')
        ? { body: objectsPage([{ key: 'B' }, { key: 'C' }]) }
        : { body: objectsPage([{ key: 'a' }, { key: 'b' }], 'more') },
    );
    const place = await embedded.open({ endpoint: server.endpoint });
    const { code, stdout } = await place.partwise(['ls', '-r', '-0', place.location()], {
      env: { PARTWISE_STORE: way },
    });
    expect([code, stdout.split('\0')]).toEqual([0, ['a', 'b', 'B', 'C', '']]);
  });
});
