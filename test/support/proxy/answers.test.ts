import { describe, expect, it, vi } from 'vitest';
import type { Action, Proxy } from './proxy.ts';
import { ask, begin, countedBytes, headerOf, openProxy, startTarget, type Target } from './test-proxy.ts';

const PATIENTLY = { timeout: 30_000, interval: 5 };
const body = countedBytes(100_000);

/** A server with a date and an ETag, and a proxy that does this to everything. */
async function openWith(
  ...actions: readonly Action[]
): Promise<{ readonly target: Target; readonly proxy: Proxy }> {
  const target = await startTarget((_, response) => {
    response.writeHead(200, { Date: 'Sat, 01 Jan 2000 00:00:00 GMT', ETag: '"e"', 'Content-Length': 4 });
    response.end('fine');
  });
  return { target, proxy: await openProxy(target, [{ match: {}, do: actions }]) };
}

describe('an answer of a rule', () => {
  it('comes in the place of the server, after the body when it is drained', async () => {
    const headers = { 'Retry-After': '2' };
    const { proxy, target } = await openWith({
      action: 'answer',
      status: 503,
      headers,
      body: 'busy',
      drain: true,
    });
    const seen = await ask(proxy.endpoint, 'PUT /b/k', body);
    expect(seen).toMatchObject({ status: 503, end: 'whole' });
    expect([seen.bytes.toString(), headerOf(seen, 'retry-after')]).toEqual(['busy', '2']);
    expect(target.received).toEqual([]);
    expect(proxy.requests[0]).toMatchObject({
      requestBytes: body.byteLength,
      status: 503,
      answerBytes: 4,
      did: ['answer'],
      outcome: 'answered',
    });
  });

  it('comes before the body otherwise', async () => {
    const { proxy } = await openWith({ action: 'answer', status: 500 });
    // The rest of the body is never sent.
    const { seen } = begin(proxy.endpoint, 'PUT /b/k', body, 'Content-Length: 5000000\r\n');
    expect(await seen).toMatchObject({ status: 500, end: 'whole' });
    expect(proxy.requests[0]?.requestBytes).toBe(0);
  });

  it('may close the connection', async () => {
    const { proxy } = await openWith({ action: 'answer', status: 503, drain: true, thenClose: true });
    const { socket, seen } = begin(proxy.endpoint, 'PUT /b/k', body);
    const closed = new Promise((resolve) => socket.once('end', resolve));
    expect(headerOf(await seen, 'connection')).toBe('close');
    await closed;
  });

  it('is refused before a body that waits for 100 Continue', async () => {
    const { proxy } = await openWith({ action: 'answer', status: 403 });
    const headers = 'Content-Length: 10\r\nExpect: 100-continue\r\n';
    expect((await ask(proxy.endpoint, 'PUT /b/k', undefined, headers)).head).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('the answer of the server', () => {
  it.each([
    ['reset', 'RST'],
    ['close', 'FIN'],
  ] as const)('is lost by a %s, but the server has acted', async (how, end) => {
    const { proxy, target } = await openWith({ action: 'lose-reply', how });
    expect(await ask(proxy.endpoint, 'PUT /b/k', body)).toMatchObject({ head: '', end });
    expect(target.received[0]?.isComplete).toBe(true);
    expect(target.received[0]?.bytes.equals(body)).toBe(true);
    expect(proxy.requests[0]).toMatchObject({ outcome: 'lost', status: 0, did: ['lose-reply'] });
  });

  it('is replaced after the server has acted', async () => {
    const { proxy, target } = await openWith({
      action: 'replace-answer',
      body: '<html>',
      headers: { etag: 'x' },
    });
    const seen = await ask(proxy.endpoint, 'PUT /b/k', body);
    expect(target.received[0]?.size).toBe(body.byteLength);
    expect([seen.status, seen.end, seen.bytes.toString()]).toEqual([200, 'whole', '<html>']);
    expect([headerOf(seen, 'etag'), headerOf(seen, 'content-length')]).toEqual(['x', '6']);
  });

  it('keeps its body when only the status is replaced', async () => {
    const { proxy } = await openWith({ action: 'replace-answer', status: 500 });
    const seen = await ask(proxy.endpoint, 'GET /b/k');
    expect([seen.status, seen.bytes.toString(), headerOf(seen, 'etag')]).toEqual([500, 'fine', '"e"']);
  });

  it('has headers set, removed, and its date moved', async () => {
    const { proxy } = await openWith(
      { action: 'set-headers', direction: 'down', headers: { 'X-New': 'n' } },
      { action: 'remove-headers', direction: 'down', names: ['etag', 'none'] },
      { action: 'date-offset', seconds: 86_400 },
    );
    const seen = await ask(proxy.endpoint, 'GET /b/k');
    expect(headerOf(seen, 'x-new')).toBe('n');
    expect(headerOf(seen, 'etag')).toBeUndefined();
    expect(headerOf(seen, 'date')).toBe('Sun, 02 Jan 2000 00:00:00 GMT');
    expect(proxy.requests[0]?.did).toEqual(['remove-headers', 'set-headers', 'date-offset']);
  });

  it('is what it was when headers change on the way up', async () => {
    const { proxy, target } = await openWith(
      { action: 'set-headers', direction: 'up', headers: { 'X-New': 'n' } },
      { action: 'remove-headers', direction: 'up', names: ['X-Old'] },
    );
    const seen = await ask(proxy.endpoint, 'GET /b/k', undefined, 'x-old: 1\r\n');
    expect(headerOf(seen, 'x-new')).toBeUndefined();
    const names = target.received[0]?.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toContain('X-New');
    expect(names).not.toContain('x-old');
  });
});

describe('a delay', () => {
  it.each([
    ['before-forward', 0],
    ['before-answer', 1],
  ] as const)('%s lets others pass', async (when, arrived) => {
    const target = await startTarget();
    const proxy = await openProxy(target, [
      { match: { key: 'slow' }, do: { action: 'delay', ms: 1500, when } },
    ]);
    const slow = ask(proxy.endpoint, 'PUT /b/slow', body);
    await vi.waitUntil(() => proxy.requests.length === 1 && target.received.length === arrived, PATIENTLY);
    await ask(proxy.endpoint, 'PUT /b/fast', body);
    expect(proxy.requests).toMatchObject([{ outcome: 'open' }, { outcome: 'answered' }]);
    expect(await slow).toMatchObject({ status: 200, end: 'whole' });
    const order = when === 'before-forward' ? ['/b/fast', '/b/slow'] : ['/b/slow', '/b/fast'];
    expect(target.received.map(({ url }) => url)).toEqual(order);
    expect(proxy.requests[0]?.did).toEqual(['delay']);
  });

  it('with the body read first reaches the server although the program has gone', async () => {
    const { proxy, target } = await openWith({
      action: 'delay',
      ms: 300,
      when: 'before-forward',
      readBodyFirst: true,
    });
    const { socket } = begin(proxy.endpoint, 'PUT /b/k', body);
    await vi.waitUntil(() => proxy.requests[0]?.requestBytes === body.byteLength, PATIENTLY);
    socket.destroy();
    await vi.waitUntil(() => proxy.requests[0]?.outcome === 'client-gone', PATIENTLY);
    expect(target.received).toEqual([]);
    await vi.waitUntil(() => target.received[0]?.isComplete, PATIENTLY);
    expect(target.received[0]?.bytes.equals(body)).toBe(true);
  });
});
