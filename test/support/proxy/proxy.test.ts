import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ask, begin, countedBytes, headerOf, openProxy, startTarget } from './test-proxy.ts';

const KiB = 1024;
const MiB = 1024 * 1024;
const PATIENTLY = { timeout: 30_000, interval: 5 };

describe('the proxy without rules', () => {
  it('passes the request on as it was written', async () => {
    const target = await startTarget();
    const proxy = await openProxy(target);
    const address = '/b%2Fc//d%20e/./..?x=%2f&y&z=a+b&x=2';
    await ask(
      proxy.endpoint,
      `PUT ${address}`,
      Buffer.from('body'),
      'x-AMZ-Odd:  a  b \r\nTwice: 1\r\nTwice: 2\r\n',
    );
    const [received] = target.received;
    expect(received).toMatchObject({ method: 'PUT', url: address, isComplete: true });
    expect(received?.bytes.toString()).toBe('body');
    const host = proxy.endpoint.slice('http://'.length);
    expect(received?.rawHeaders.slice(0, 10)).toEqual([
      'Host',
      host,
      'Content-Length',
      '4',
      'x-AMZ-Odd',
      'a  b',
      'Twice',
      '1',
      'Twice',
      '2',
    ]);
  });

  it('passes the answer on as it was written', async () => {
    const target = await startTarget((_, response) =>
      response
        .writeHead(207, 'Rather', ['Date', 'long ago', 'X-Odd', '1', 'x-odd', '2', 'ETag', '"e"'])
        .end('text'),
    );
    const seen = await ask((await openProxy(target)).endpoint, 'GET /b/k');
    expect(seen.head).toMatch(
      /^HTTP\/1\.1 207 Rather\r\nDate: long ago\r\nX-Odd: 1\r\nx-odd: 2\r\nETag: "e"\r\n/,
    );
    expect(seen.head.match(/^date:/gim)).toHaveLength(1);
  });

  it.each([
    ['HEAD /b/k', 200, 0],
    ['DELETE /b/k', 204, 0],
    ['POST /b/k?uploads', 200, 4],
    ['GET /chunked', 200, 0],
  ])('passes %s', async (asking, status, length) => {
    const target = await startTarget(({ method, url }, response) => {
      response.statusCode = method === 'DELETE' ? 204 : 200;
      if (url === '/chunked') response.flushHeaders();
      response.end(method === 'DELETE' ? undefined : 'text');
    });
    const proxy = await openProxy(target);
    const bare = asking.startsWith('POST') ? 'X-No-Content-Length: none\r\n' : '';
    const seen = await ask(proxy.endpoint, asking, undefined, bare);
    expect(seen).toMatchObject({ status, end: 'whole' });
    if (asking.includes('chunked')) expect(seen.bytes.toString()).toBe('4\r\ntext\r\n0\r\n\r\n');
    else expect(seen.bytes.byteLength).toBe(length);
    expect(proxy.requests).toMatchObject([{ status, outcome: 'answered' }]);
    expect(target.received[0]?.rawHeaders.join()).not.toMatch(/transfer-encoding/i);
  });

  it('passes 100 Continue, and a body in chunks', async () => {
    const target = await startTarget();
    const proxy = await openProxy(target);
    const headers = 'Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n';
    const { socket, seen } = begin(proxy.endpoint, 'PUT /b/k', undefined, headers);
    expect(String((await once(socket, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('3\r\nabc\r\n0\r\n\r\n');
    expect((await seen).bytes.toString()).toContain('fine');
    expect(target.received[0]?.bytes.toString()).toBe('abc');
  });

  it('holds back a sender that is faster than the server', async () => {
    let lead = 0;
    let received = 0;
    const target = await startTarget();
    const proxy = await openProxy(target);
    const body = Buffer.alloc(64 * MiB);
    const sent = ask(proxy.endpoint, 'PUT /b/k', body);
    while (proxy.requests[0]?.outcome !== 'answered') {
      received = target.received[0]?.size ?? 0;
      lead = Math.max(lead, proxy.stats().bytesUp - received);
      await nextTurn();
    }
    await sent;
    expect(lead).toBeLessThan(16 * MiB);
  });

  it('holds back a server that is faster than the reader', async () => {
    const target = await startTarget((_, response) => response.end(Buffer.alloc(64 * MiB)));
    const proxy = await openProxy(target);
    const reader = get(`${proxy.endpoint}/b/k`);
    const [answer] = await once(reader, 'response');
    await nextTurn();
    let received = 0;
    let lead = 0;
    for await (const piece of answer) {
      received += piece.length;
      // A turn for everything else to run ahead in.
      await new Promise((resolve) => setTimeout(resolve, 1));
      lead = Math.max(lead, proxy.stats().bytesDown - received);
    }
    expect(received).toBe(64 * MiB);
    expect(lead).toBeLessThan(32 * MiB);
  });

  it('keeps one connection to the server for each of the program, and closes it when the server does', async () => {
    const target = await startTarget();
    const proxy = await openProxy(target);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const ports = new Set<number | undefined>();
    for (let time = 0; time < 3; time++) {
      const asked = get(`${proxy.endpoint}/b/k`, { agent });
      const [answer] = await once(asked, 'response');
      ports.add(asked.socket?.localPort);
      await once(answer.resume(), 'end');
    }
    expect([ports.size, target.connections()]).toEqual([1, 1]);
    const { socket, seen } = begin(proxy.endpoint, 'GET /b/k');
    await seen;
    const closed = once(socket, 'close');
    target.close();
    await closed;
    expect(proxy.requests.map(({ outcome }) => outcome)).toEqual(Array(4).fill('answered'));
  });

  it('says so when the server says that it will close the connection', async () => {
    const target = await startTarget((_, response) => response.setHeader('connection', 'close').end('fine'));
    const seen = await ask((await openProxy(target)).endpoint, 'GET /b/k');
    expect(headerOf(seen, 'connection')).toBe('close');
  });

  it('resets the connection when the server is not there or breaks off', async () => {
    const target = await startTarget((_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('some');
      setTimeout(() => response.destroy(), 50);
    });
    const proxy = await openProxy(target);
    const cut = await ask(proxy.endpoint, 'GET /b/k');
    expect(cut.end).not.toBe('whole');
    expect(cut.bytes.toString()).toBe('some');
    target.close();
    expect(await ask(proxy.endpoint, 'GET /b/k')).toMatchObject({ end: 'RST', status: 0 });
    expect(proxy.requests.map(({ outcome }) => outcome)).toEqual(['target-gone', 'target-gone']);
  });

  it('counts bytes and requests under way', async () => {
    const waiting: (() => void)[] = [];
    const target = await startTarget((_, response) => {
      waiting.push(() => response.end('fine'));
      if (waiting.length === 32) for (const answer of waiting) answer();
    });
    const proxy = await openProxy(target, [], { now: () => 7 });
    const body = countedBytes(64 * KiB);
    const all = await Promise.all(
      Array.from({ length: 32 }, (_, index) => ask(proxy.endpoint, `PUT /b/k${index}`, body)),
    );
    expect(all.every(({ end, status }) => end === 'whole' && status === 200)).toBe(true);
    expect(target.received.every(({ bytes }) => bytes.equals(body))).toBe(true);
    expect(proxy.stats()).toEqual({
      inFlight: 0,
      peakInFlight: 32,
      bytesUp: 32 * 64 * KiB,
      bytesDown: 32 * 4,
    });
    expect(proxy.requests.map(({ number, inFlight }) => [number, inFlight])).toEqual(
      Array.from({ length: 32 }, (_, index) => [index + 1, index + 1]),
    );
    expect(proxy.requests[5]).toMatchObject({
      atMs: 7,
      operation: 'PutObject',
      requestBytes: 64 * KiB,
      answerBytes: 4,
      status: 200,
      fired: [],
      did: [],
    });
  });

  it('lets the server finish a request it has whole, when the program goes away', async () => {
    let isCut: boolean | undefined;
    const target = await startTarget(({ method }, response) => {
      if (method === 'GET') response.end('fine');
      else response.once('close', () => (isCut = true));
    });
    const proxy = await openProxy(target);
    const { socket } = begin(proxy.endpoint, 'PUT /b/k', Buffer.from('body'));
    await vi.waitUntil(() => target.received[0]?.isComplete, PATIENTLY);
    socket.destroy();
    await vi.waitUntil(() => proxy.requests[0]?.outcome === 'client-gone', PATIENTLY);
    expect(proxy.stats().inFlight).toBe(0);
    await ask(proxy.endpoint, 'GET /b/other');
    expect(isCut).toBeUndefined();
  });

  it('does not take half a request for whole when the program goes away', async () => {
    const target = await startTarget();
    const proxy = await openProxy(target);
    const body = Buffer.from('4\r\nhalf\r\n');
    const { socket } = begin(proxy.endpoint, 'PUT /b/k', body, 'Transfer-Encoding: chunked\r\n');
    await vi.waitUntil(() => target.received[0]?.size === 4, PATIENTLY);
    socket.destroy();
    await vi.waitUntil(() => proxy.requests[0]?.outcome === 'client-gone', PATIENTLY);
    await ask(proxy.endpoint, 'GET /b/other');
    await proxy.close();
    expect(target.received[0]?.isComplete).toBe(false);
  });
});

describe('down and up', () => {
  it('resets what is under way, refuses what comes, and goes on on the same port', async () => {
    const target = await startTarget(({ url }, response) => void (url === '/b/wait' || response.end('fine')));
    const proxy = await openProxy(target);
    const { seen } = begin(proxy.endpoint, 'GET /b/wait');
    await vi.waitUntil(() => target.received.length === 1, PATIENTLY);
    await proxy.down();
    expect(await seen).toMatchObject({ end: 'RST', status: 0 });
    const refused = get(proxy.endpoint);
    expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.up();
    await proxy.up();
    expect(await ask(proxy.endpoint, 'GET /b/k')).toMatchObject({ status: 200 });
    expect(proxy.requests.map(({ outcome }) => outcome)).toEqual(['reset', 'answered']);
  });

  it('can be a rule', async () => {
    const target = await startTarget();
    const rules = [{ match: { key: 'k' }, times: 1, do: { action: 'down', forMs: 200 } }] as const;
    const proxy = await openProxy(target, rules);
    expect(await ask(proxy.endpoint, 'GET /b/k')).toMatchObject({ end: 'RST' });
    await vi.waitUntil(async () => (await ask(proxy.endpoint, 'GET /b/k')).status === 200, PATIENTLY);
    expect(proxy.requests).toMatchObject([
      { outcome: 'reset', fired: ['#0'], did: ['down'] },
      { outcome: 'answered' },
    ]);
    expect(target.received).toHaveLength(1);
  });
});
