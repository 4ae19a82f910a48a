import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answers, readAnswer } from './answers.ts';
import { startRawServer } from './raw-server.ts';

type Node = {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** What Node's own client makes of these bytes; `undefined` where it refuses them, or an end is missing. */
async function readByNode(port: number): Promise<Node | undefined> {
  const request = get({ port, host: '127.0.0.1', agent: false });
  // A second one, behind a refusal, is no news.
  request.on('error', () => undefined);
  try {
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (!response) return undefined;
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(Buffer.from(piece));
    return {
      status: response.statusCode,
      headers: response.headers,
      body: Buffer.concat(pieces).toString('latin1'),
    };
  } catch {
    return undefined;
  } finally {
    request.destroy();
  }
}

/** A server that sends whatever it is set to, then hangs up. */
async function serving(): Promise<{ port: number; set(bytes: Uint8Array): void }> {
  let current: Uint8Array = Buffer.alloc(0);
  const port = await startRawServer((socket) => {
    socket.once('data', () => socket.end(current));
  });
  return { port, set: (bytes) => void (current = bytes) };
}

/** Puts something that matters into an answer. */
const mutations = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat({ max: 3 }),
  put: fc.constantFrom(
    '',
    '\r',
    '\n',
    '\r\n',
    '0',
    ' ',
    ':',
    '\0',
    'é',
    '\r\nContent-Length: 3\r\n',
    '\r\nTransfer-Encoding: chunked\r\n',
    '\r\n\r\n',
    ';',
    'f',
  ),
});

describe('an answer', () => {
  it('as it should be is to us what it is to Node', async () => {
    const server = await serving();
    await fc.assert(
      fc.asyncProperty(answers, async ({ bytes }) => {
        server.set(bytes);
        const ours = readAnswer([bytes], 'GET', true);
        const theirs = await readByNode(server.port);
        expect({ status: ours.status, body: ours.body }).toEqual({
          status: theirs?.status,
          body: theirs?.body,
        });
        expect(ours.headers).toEqual({ ...theirs?.headers });
      }),
      { numRuns: 100 },
    );
  });
  it('with something wrong in it is never more to us than to Node', async () => {
    const server = await serving();
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(answers, mutations, async ({ bytes }, { at, cut, put }) => {
        const place = Math.floor(at * bytes.length);
        const spoilt = Buffer.concat([
          bytes.subarray(0, place),
          Buffer.from(put, 'latin1'),
          bytes.subarray(place + cut),
        ]);
        const ours = readAnswer([spoilt], 'GET', true);
        if (ours.outcome !== 'done') return;
        server.set(spoilt);
        const theirs = await readByNode(server.port);
        // Where Node refuses what we read, nothing is lost; where both read it they must agree.
        if (!theirs) return;
        compared++;
        expect([ours.status, ours.body]).toEqual([theirs.status, theirs.body]);
      }),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(0);
  });
});
