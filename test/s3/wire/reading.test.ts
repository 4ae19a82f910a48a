import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../faults/certificate.ts';
import { type Keys, GET, never, openTo, startRawServer } from './raw-server.ts';

/** Bytes of which no two places look alike. */
function numbered(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

/** In pieces of odd sizes, as chunks. */
function chunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7 + 13) % 90_001) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

const BODY = numbered(5_000_003);
const FORMS: readonly (readonly [string, string, Buffer])[] = [
  ['with a length', `Content-Length: ${BODY.length}`, BODY],
  ['in chunks', 'Transfer-Encoding: chunked', chunked(BODY)],
];

/** Fetches the body; `digest` may take its time over each piece, which must not change meanwhile. */
async function fetchAll(
  form: readonly [string, string, Buffer],
  keys: Keys | undefined,
  digest: (nth: number) => Promise<void>,
): Promise<Buffer> {
  const [, header, bytes] = form;
  const port = await startRawServer((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`);
      socket.write(bytes);
    });
  }, keys);
  const tls = keys && { ca: keys.cert, verifySsl: true, session: undefined };
  const { connection } = await openTo(port, { tls });
  const incoming = await connection.send(GET, never);
  const all: Buffer[] = [];
  for (let piece = await incoming.next(), nth = 0; piece; piece = await incoming.next(), nth++) {
    const before = Buffer.from(piece);
    await digest(nth);
    expect(before.equals(piece), `piece ${nth} was written over`).toBe(true);
    all.push(before);
  }
  incoming.release();
  return Buffer.concat(all);
}

describe.each(FORMS)('a large body %s', (...form) => {
  it.each([
    ['at once', () => Promise.resolve()],
    ['slowly', () => sleep(2)],
    ['with a long pause now and then', (nth: number) => sleep(nth % 4 === 0 ? 80 : 0)],
  ])('is whole, and no piece changes while it is looked at %s', async (_, digest) => {
    expect(BODY.equals(await fetchAll(form, undefined, digest))).toBe(true);
  });
  it('is so over TLS too, where reads come that were not asked for', async (context) => {
    const keys = await makeCertificate(context, { host: 'IP:127.0.0.1' });
    for (const digest of [
      () => Promise.resolve(),
      () => sleep(2),
      (nth: number) => sleep(nth % 4 === 0 ? 80 : 0),
    ])
      expect(BODY.equals(await fetchAll(form, keys, digest))).toBe(true);
  });
});
