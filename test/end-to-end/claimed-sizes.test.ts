import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { peakVariables, readPeak } from '../faults/peak.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { type ScriptedAnswer, startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
const WAYS = ['wire', 'sdk'] as const;
const MIB = 1024 ** 2;
const TIB = 1024 ** 4;

/** An object of zeros, of whatever size the server claims; ranges are answered as they are asked for. */
function zeros(size: number, range: (start: number, end: number) => ScriptedAnswer) {
  return ({
    method,
    headers,
  }: {
    method: string;
    headers: { range?: string | undefined };
  }): ScriptedAnswer => {
    const head = { ETag: '"opaque"', 'Accept-Ranges': 'bytes' };
    if (method === 'HEAD') return { headers: { ...head, 'Content-Length': String(size) } };
    const [, start = '0', last = '0'] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    return range(Number(start), Number(last) + 1);
  };
}

describe('a size that a server claims', () => {
  it.each(WAYS)('does not lift the limit of memory of a get to stdout (%s)', async (way) => {
    const piece = new Uint8Array(MIB);
    const server = await startScripted(
      zeros(10 * TIB, (start, end) => async (response) => {
        response.writeHead(206, {
          ETag: '"opaque"',
          'Content-Range': `bytes ${start}-${end - 1}/${10 * TIB}`,
          'Content-Length': String(end - start),
        });
        for (let at = start; at < end && !response.destroyed; at += piece.byteLength) {
          if (!response.write(piece.subarray(0, Math.min(piece.byteLength, end - at)))) {
            await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
          }
        }
        response.end();
      }),
    );
    const place = await embedded.open({ endpoint: server.endpoint });
    const env = { PARTWISE_STORE: way, ...peakVariables({ skip: () => expect.unreachable() }, place) };
    const ended = await place.shell(
      `node=1; partwise get --max-memory 16MiB ${place.location('k')} - | head -c 300000000 | wc -c`,
      { env },
    );
    expect(ended.stdout.trim()).toBe('300000000');
    expect(await readPeak(place)).toBeLessThan(260 * MIB);
  });

  it.each(WAYS)('that cannot be one is no usage error (%s)', async (way) => {
    for (const size of ['99999999999999999999', '-1']) {
      const server = await startScripted(() => ({ headers: { ETag: '"e"', 'Content-Length': size } }));
      const place = await embedded.open({ endpoint: server.endpoint });
      const { code, stderr } = await place.partwise(['get', place.location('k'), 'f'], {
        env: { PARTWISE_STORE: way },
      });
      // Node's own parser, behind the SDK, takes such an answer for no HTTP at all (6).
      expect([1, 6]).toContain(code);
      expect(stderr).toContain('k: ');
    }
  });

  it.each(WAYS)('must be the size of what comes, where ranges are ignored (%s)', async (way) => {
    const size = 9 * MIB;
    const server = await startScripted(
      zeros(size, () => (response) => {
        response.writeHead(200, { ETag: '"opaque"', 'Content-Length': String(2 ** 53 - 1) });
        response.write(new Uint8Array(MIB));
      }),
    );
    const place = await embedded.open({ endpoint: server.endpoint });
    const { code, stderr } = await place.partwise(['get', '--retries', '2', place.location('k'), 'f'], {
      env: { PARTWISE_STORE: way },
    });
    expect(code).toBe(7);
    expect(stderr).toContain('as the whole of an object of');
  });
});

describe('a body in chunks of one byte', () => {
  it('arrives whole, and signals are heard meanwhile', async () => {
    const size = 9 * MIB;
    let sent = 0;
    const server = await startScripted(
      zeros(size, (start, end) => (response) => {
        const body = Buffer.alloc(end - start, 'x');
        response.socket?.write(
          `HTTP/1.1 206 Partial Content\r\nETag: "opaque"\r\nContent-Range: bytes ${start}-${end - 1}/${size}\r\nTransfer-Encoding: chunked\r\n\r\n`,
        );
        const chunk = Buffer.from('1\r\nx\r\n'.repeat(64 * 1024));
        for (let at = 0; at < body.byteLength; at += 64 * 1024) {
          response.socket?.write(chunk.subarray(0, 6 * Math.min(64 * 1024, body.byteLength - at)));
          sent++;
        }
        response.socket?.write('0\r\n\r\n');
      }),
    );
    const place = await embedded.open({ endpoint: server.endpoint });
    const got = await place.partwise(['get', place.location('k'), 'f']);
    expect([got.code, got.stderr]).toEqual([0, expect.any(String)]);
    expect((await readFile(join(place.dir, 'f'))).equals(Buffer.alloc(size, 'x'))).toBe(true);
    expect(sent).toBeGreaterThan(0);

    const stopped = place.start(['get', '-c', '8', place.location('k'), 'g']);
    await sleep(700);
    stopped.signal('SIGINT');
    expect([0, 130]).toContain((await stopped.ended).code);
  });
});
