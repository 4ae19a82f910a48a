import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConnectionFlags, resolveConnection } from '../../../src/s3/connection.ts';
import {
  createSession,
  type Identity,
  type IdentityProvider,
  type Session,
} from '../../../src/s3/session.ts';
import { createWire, type Wire, type WireRequest } from '../../../src/s3/wire/wire.ts';
import { answerOf, never, onRequests, readAll, startRawServer } from './raw-server.ts';

const KEYS = { accessKeyId: 'id', secretAccessKey: 'secret' };
const REQUEST: WireRequest = {
  method: 'GET',
  bucket: 'box',
  key: 'a key',
  query: { versionId: 'v 1' },
  headers: { range: 'bytes=0-1' },
  payloadHash: 'UNSIGNED-PAYLOAD',
};

type Opened = { readonly wire: Wire; readonly session: Session; readonly lines: string[] };

function openWire(flags: ConnectionFlags, identity: IdentityProvider | undefined): Opened {
  const env = { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' };
  const connection = resolveConnection({ region: 'eu-west-1', ...flags }, env, new Map());
  const { region } = connection;
  const session = createSession({ region, identity, hasProvider: true, followsRegion: false });
  const lines: string[] = [];
  const wire = createWire({
    connection,
    session,
    connectTimeoutMs: 10_000,
    tls: {},
    verifySsl: true,
    fixedHeaders: { 'x-amz-request-payer': 'requester' },
    onRequest: (line) => lines.push(line),
  });
  onTestFinished(() => wire.close());
  return { wire, session, lines };
}

/** A server that keeps the heads it is sent. */
async function hearing(): Promise<{ heads: string[]; endpointUrl: string }> {
  const heads: string[] = [];
  const port = await startRawServer((socket) =>
    onRequests(socket, (head) => {
      heads.push(head);
      socket.write(answerOf('ok'));
    }),
  );
  return { heads, endpointUrl: `http://127.0.0.1:${port}` };
}

describe('a request', () => {
  it('is one head with all that goes with it, signed with the keys of the moment', async () => {
    const { heads, endpointUrl } = await hearing();
    let keys: Identity = KEYS;
    const { wire } = openWire({ endpointUrl }, () => Promise.resolve(keys));
    await readAll(await wire.send(REQUEST, never));
    keys = { ...KEYS, accessKeyId: 'other', sessionToken: 'token' };
    await readAll(await wire.send(REQUEST, never));
    expect(heads[0]).toMatch(/^GET \/box\/a%20key\?versionId=v%201 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
    expect(heads[0]).toContain('\r\nrange: bytes=0-1\r\n');
    expect(heads[0]).toContain('\r\nx-amz-request-payer: requester\r\n');
    expect(heads[0]).toMatch(
      /\r\nauthorization: AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-request-payer, /,
    );
    expect(heads[1]).toContain('Credential=other/');
    expect(heads[1]).toContain('\r\nx-amz-security-token: token\r\n');
  });
  it('is not signed for a user without keys', async () => {
    const { heads, endpointUrl } = await hearing();
    const { wire } = openWire({ endpointUrl }, undefined);
    await readAll(await wire.send(REQUEST, never));
    expect(heads[0]).not.toMatch(/authorization|x-amz-date/i);
  });
  it('is told of in a line without a secret, good or not', async () => {
    const { endpointUrl } = await hearing();
    const { wire, lines } = openWire({ endpointUrl }, () => Promise.resolve(KEYS));
    await readAll(await wire.send(REQUEST, never));
    await expect(wire.send({ ...REQUEST, headers: { x: '日' } }, never)).rejects.toThrow(
      'no header can carry',
    );
    expect(lines).toEqual([
      expect.stringMatching(/^GET 127\.0\.0\.1\/box\/a%20key\?versionId=v\+1: 200 after \d+ ms$/),
      expect.stringMatching(
        /^GET 127\.0\.0\.1\/box\/a%20key\?versionId=v\+1: the value of x has a character/,
      ),
    ]);
  });
  it('about a bucket with rules of its own is none of ours', async () => {
    const { wire } = openWire({}, () => Promise.resolve(KEYS));
    expect(wire.serves('box')).toBe(true);
    expect(wire.serves('box--use1-az4--x-s3')).toBe(false);
    await expect(wire.send({ ...REQUEST, bucket: 'a/b' }, never)).rejects.toThrow('no address');
  });
});

describe('keys that are looked up for ever', () => {
  it('do not hold up an abort', async () => {
    const { heads, endpointUrl } = await hearing();
    const { wire } = openWire({ endpointUrl }, () => new Promise(() => undefined));
    const controller = new AbortController();
    const reason = new Error('enough');
    const sent = wire.send(REQUEST, controller.signal);
    controller.abort(reason);
    await expect(sent).rejects.toBe(reason);
    await expect(wire.send(REQUEST, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(heads).toEqual([]);
  });
  it('that cannot be had are told as they are, and no connection is made', async () => {
    const { heads, endpointUrl } = await hearing();
    const { wire } = openWire({ endpointUrl }, () => Promise.reject(new Error('nobody there')));
    await expect(wire.send(REQUEST, never)).rejects.toThrow('nobody there');
    expect(heads).toEqual([]);
  });
});
