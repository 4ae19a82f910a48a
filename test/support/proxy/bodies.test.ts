import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Direction } from './rule.ts';
import { ask, begin, countedBytes, headerOf, openProxy, startTarget } from './test-proxy.ts';

const PATIENTLY = { timeout: 30_000, interval: 5 };
const SIZE = 300_000;
const body = countedBytes(SIZE);
const everything = { match: {} } as const;
const twoWays: readonly Direction[] = ['up', 'down'];

/** A target that gives back all the bytes there are. */
const startSource = () => startTarget((_, response) => response.end(body));

describe('faults of a body', () => {
  it.each(twoWays)('flip one bit %s', async (direction) => {
    const target = await startSource();
    const proxy = await openProxy(target, [
      { ...everything, do: { action: 'flip', direction, atByte: 200_001 } },
      { ...everything, do: { action: 'flip', direction, atByte: SIZE } },
    ]);
    const { bytes } = await ask(proxy.endpoint, 'PUT /b/k', body);
    const [spoilt, sound] = [target.received[0]?.bytes ?? Buffer.alloc(0), bytes];
    const [flipped, other] = direction === 'up' ? [spoilt, sound] : [sound, spoilt];
    expect(hash(other)).toBe(hash(body));
    const expected = Buffer.from(body);
    expected.writeUInt8(body.readUInt8(200_001) ^ 1, 200_001);
    expect(hash(flipped)).toBe(hash(expected));
    expect(proxy.requests[0]).toMatchObject({ fired: ['#0', '#1'], did: ['flip'], outcome: 'answered' });
  });

  it.each([
    ['reset', 'RST', 'reset'],
    ['close', 'FIN', 'closed'],
  ] as const)('%s on the way up after so many bytes', async (action, end, outcome) => {
    const target = await startSource();
    const rule = { ...everything, do: { action, direction: 'up', afterBytes: 100_000 } } as const;
    const proxy = await openProxy(target, [rule]);
    expect(await ask(proxy.endpoint, 'PUT /b/k', body)).toMatchObject({ status: 0, end });
    expect(proxy.requests[0]).toMatchObject({ outcome, did: [action], status: 0, answerBytes: 0 });
    await proxy.close();
    // What had not left the proxy yet may be lost with the connection, but no byte more can have passed.
    expect(target.received[0]?.size ?? 0).toBeLessThanOrEqual(100_000);
    expect(target.received[0]?.isComplete ?? false).toBe(false);
  });

  it.each([
    ['reset', 'RST', 'reset'],
    ['close', 'FIN', 'closed'],
  ] as const)('%s on the way down after so many bytes', async (action, end, outcome) => {
    const target = await startSource();
    const rule = { ...everything, do: { action, direction: 'down', afterBytes: 100_000 } } as const;
    const proxy = await openProxy(target, [rule]);
    // On a busy machine an RST right behind its bytes looks like a FIN; a FIN never looks like an RST.
    const seen = await vi.waitUntil(async () => {
      const seen = await ask(proxy.endpoint, 'GET /b/k');
      return seen.end === end ? seen : undefined;
    }, PATIENTLY);
    expect([seen.status, headerOf(seen, 'content-length')]).toEqual([200, String(SIZE)]);
    expect(seen.bytes.equals(body.subarray(0, 100_000))).toBe(true);
    expect(proxy.requests[0]).toMatchObject({ outcome, did: [action], status: 200, answerBytes: 100_000 });
  });

  it.each(['reset', 'close'] as const)('%s before anything is forwarded or answered', async (action) => {
    const target = await startSource();
    const proxy = await openProxy(target, [
      { match: { key: 'up' }, do: { action, direction: 'up', afterBytes: 0 } },
      { match: { key: 'down' }, do: { action, direction: 'down', afterBytes: 0 } },
    ]);
    const end = action === 'reset' ? 'RST' : 'FIN';
    expect(await ask(proxy.endpoint, 'DELETE /b/up')).toMatchObject({ head: '', end });
    expect(target.received).toEqual([]);
    expect(await ask(proxy.endpoint, 'DELETE /b/down')).toMatchObject({ head: '', end });
    expect(target.received).toMatchObject([{ url: '/b/down', isComplete: true }]);
  });

  it('come to nothing, and say so, where the body is shorter', async () => {
    const proxy = await openProxy(await startSource(), [
      { ...everything, do: { action: 'reset', direction: 'up', afterBytes: SIZE + 1 } },
      { ...everything, do: { action: 'truncate', bytes: SIZE, fixContentLength: false } },
    ]);
    expect(await ask(proxy.endpoint, 'PUT /b/k', body)).toMatchObject({ status: 200, end: 'whole' });
    expect(proxy.requests[0]).toMatchObject({ fired: ['#0', '#1'], did: [], outcome: 'answered' });
  });

  it('stall on the way up: the server gets no more, and no answer comes', async () => {
    const target = await startSource();
    const proxy = await openProxy(target, [
      { match: { key: 'k' }, do: { action: 'stall', direction: 'up', afterBytes: 100_000 } },
    ]);
    const { seen, bytesSoFar } = begin(proxy.endpoint, 'PUT /b/k', body);
    await vi.waitUntil(() => proxy.requests[0]?.outcome === 'stalled', PATIENTLY);
    await vi.waitUntil(() => target.received[0]?.size === 100_000, PATIENTLY);
    // Others pass meanwhile.
    expect(await ask(proxy.endpoint, 'PUT /b/other', body)).toMatchObject({ status: 200 });
    expect([target.received[0]?.size, bytesSoFar()]).toEqual([100_000, 0]);
    await proxy.close();
    expect((await seen).status).toBe(0);
    expect(target.received[0]?.isComplete).toBe(false);
  });

  it('stall on the way down, until the program goes away', async () => {
    const proxy = await openProxy(await startSource(), [
      { match: { key: 'k' }, do: { action: 'stall', direction: 'down', afterBytes: 100_000 } },
    ]);
    const { seen, bytesSoFar, socket } = begin(proxy.endpoint, 'GET /b/k');
    await vi.waitUntil(() => bytesSoFar() === 100_000, PATIENTLY);
    expect(await ask(proxy.endpoint, 'GET /b/other')).toMatchObject({ end: 'whole' });
    expect(bytesSoFar()).toBe(100_000);
    expect(proxy.requests[0]).toMatchObject({ outcome: 'stalled', did: ['stall'], answerBytes: 100_000 });
    socket.end();
    expect(await seen).toMatchObject({ end: 'FIN', status: 200 });
  });

  it.each(twoWays)('throttle %s: who begins later ends first, and all bytes arrive', async (direction) => {
    const target = await startSource();
    const proxy = await openProxy(target, [
      { match: { key: 'slow' }, do: { action: 'throttle', direction, bytesPerSecond: 200_000 } },
    ]);
    const ended: string[] = [];
    const send = async (key: string): Promise<void> => {
      const { bytes } = await ask(proxy.endpoint, `PUT /b/${key}`, body);
      ended.push(key);
      expect(hash(bytes)).toBe(hash(body));
    };
    await Promise.all([send('slow'), send('fast')]);
    expect(ended).toEqual(['fast', 'slow']);
    expect(target.received.map(({ bytes }) => hash(bytes))).toEqual([hash(body), hash(body)]);
    expect(proxy.requests.find(({ key }) => key === 'slow')?.did).toEqual(['throttle']);
  });

  it('truncate with a length that fits: a short answer that looks whole', async () => {
    const proxy = await openProxy(await startSource(), [
      { ...everything, do: { action: 'truncate', bytes: 1000, fixContentLength: true } },
    ]);
    const asked = begin(proxy.endpoint, 'GET /b/k');
    const seen = await asked.seen;
    expect([seen.end, headerOf(seen, 'content-length')]).toEqual(['whole', '1000']);
    expect(seen.bytes.equals(body.subarray(0, 1000))).toBe(true);
    expect(proxy.requests[0]).toMatchObject({ outcome: 'answered', did: ['truncate'] });
    // The connection is still good.
    asked.socket.write('GET /b/next HTTP/1.1\r\nHost: h\r\n\r\n');
    await vi.waitUntil(() => asked.bytesSoFar() > 2000, PATIENTLY);
  });

  it('truncate without: the connection closes before the length is reached', async () => {
    const proxy = await openProxy(await startSource(), [
      { ...everything, do: { action: 'truncate', bytes: 1000, fixContentLength: false } },
    ]);
    const seen = await ask(proxy.endpoint, 'GET /b/k');
    expect([seen.end, headerOf(seen, 'content-length')]).toEqual(['FIN', String(SIZE)]);
    expect(seen.bytes.equals(body.subarray(0, 1000))).toBe(true);
    expect(proxy.requests[0]).toMatchObject({ outcome: 'closed', did: ['truncate'] });
  });

  it('happen together', async () => {
    const target = await startSource();
    const proxy = await openProxy(target, [
      {
        ...everything,
        do: [
          { action: 'flip', direction: 'down', atByte: 10 },
          { action: 'reset', direction: 'down', afterBytes: 20 },
        ],
      },
    ]);
    const { bytes } = await ask(proxy.endpoint, 'GET /b/k');
    expect([bytes.byteLength, bytes[10]]).toEqual([20, (body[10] ?? 0) ^ 1]);
    expect(proxy.requests[0]?.did).toEqual(['flip', 'reset']);
  });
});

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
