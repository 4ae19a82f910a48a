import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDuration, parseSize } from '../../src/cli/values.ts';
import { redact } from '../../src/report/redact.ts';
import { safeText } from '../../src/report/safe-text.ts';
import { kindOfHost } from '../../src/s3/hosts.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { storeObject } from '../support/processes/remote.ts';
import { startProxy } from '../support/proxy/proxy.ts';
import { listen } from '../support/listen.ts';

const embedded = startEmbedded();

/** A server that notes what is asked of it. */
async function startEavesdropper(): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end();
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, asked };
}

describe('a redirect', () => {
  it.each([301, 302, 307, 308])(
    'with %i is not followed: nobody else sees keys or tokens',
    async (status) => {
      const other = await startEavesdropper();
      const proxy = await startProxy({
        target: embedded.server.endpoint,
        rules: [
          {
            match: {},
            do: { action: 'answer', status, headers: { Location: `${other.url}/bucket/key` }, drain: true },
          },
        ],
      });
      onTestFinished(() => proxy.close());
      const place = await embedded.open({ endpoint: proxy.endpoint });
      await writeFile(join(place.dir, 'file'), 'text');
      const key = place.location('key');
      for (const args of [
        ['put', 'file', key],
        ['get', key, 'back'],
        ['ls', place.location()],
      ]) {
        const { code, stderr } = await place.partwise(args);
        expect(code).toBe(1);
        expect(stderr).toMatch(/^partwise: .*(?:endpoint|region)/m);
      }
      expect(other.asked).toEqual([]);
    },
  );
});

describe('names that mean something to JavaScript', () => {
  it('are keys like all others', async () => {
    const place = await embedded.open();
    const keys = ['__proto__', 'constructor', 'toString', '__proto__/polluted'];
    for (const key of keys) await storeObject(place, `p/${key}`, key);
    const ls = await place.partwise(['ls', '-r', '--json', place.location('p/')]);
    const listed = ls.stdout
      .split('\n')
      .filter(Boolean)
      .map((line): { key?: string } => JSON.parse(line))
      .flatMap(({ key }) => key ?? []);
    expect(listed.toSorted()).toEqual(keys.map((key) => `p/${key}`).toSorted());
    // A file and a directory of one name: one of the two is refused.
    expect((await place.partwise(['get', '-r', place.location('p/'), 'back'])).code).toBe(3);
    expect(await readFile(join(place.dir, 'back', 'constructor'), 'utf8')).toBe('constructor');
    expect(await readdir(join(place.dir, 'back'))).toContain('toString');
  });
});

describe('a hundred thousand hostile characters', () => {
  // Quadratic patterns would take minutes, and the test's own limit notices.
  const many = (text: string): string => text.repeat(Math.ceil(100_000 / text.length));
  it.each([
    ['9'],
    ['9.9'],
    ['8MiB '],
    [' '],
    ['a='],
    ['Authorization: '],
    ['signature='],
    ['://a@'],
    ['"\\'],
    ['\u202e'],
    ['s3.'],
    ['a-1.'],
  ])('of %j are read in no time by every pattern', (text) => {
    const hostile = many(text);
    for (const parse of [parseSize, parseDuration]) expect(() => parse(hostile)).toThrow(/is not a/);
    expect(redact(hostile, ['a-literal-secret'])).not.toContain('a-literal-secret');
    expect(safeText(hostile)).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(kindOfHost(hostile).isAws).toBe(false);
  });
});
