import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../faults/certificate.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { listen } from '../support/listen.ts';
import { objectsPage, startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
const NO_BUCKETS =
  '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>';

/** As SigV4 encodes a segment of a path. */
function encodeStrictly(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A forward proxy that notes what goes through it; any host is one server, the embedded one by default. */
async function startForwardProxy(
  target = new URL(embedded.server.endpoint),
): Promise<{ readonly url: string; readonly passed: readonly string[] }> {
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming: IncomingMessage, response) => {
    passed.push(`${incoming.method} ${incoming.url}`);
    const { pathname, search } = new URL(incoming.url ?? '', 'http://nobody');
    const onward = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: pathname + search,
        headers: incoming.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  server.on('connect', ({ url = '' }: IncomingMessage, client: Socket) => {
    passed.push(`CONNECT ${url}`);
    const onward = connect(Number(target.port), target.hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => client.destroy());
    client.on('error', () => onward.destroy());
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, passed };
}

describe('a proxy in the environment', () => {
  it('is asked for the path that was signed, by every verb, whatever the key', async () => {
    // Keys that mean something in a path, each read back by its own name.
    const keys = ['a/../b', './x', 'a/./b', 'a//b', '%2e%2e/x', 'a?b', 'a#b', 'a b+c', 'é/:@', '..'];
    const server = await startScripted(({ method, query }) => {
      if (query.has('list-type')) return { body: objectsPage(keys.map((key) => ({ key }))) };
      if (query.has('uploads') && method === 'GET') return { body: '<ListMultipartUploadsResult/>' };
      return method === 'DELETE'
        ? { status: 204 }
        : {
            headers: {
              ETag: '"1cb251ec0d568de6a929b520c4aed8d1"',
              ...(method === 'HEAD' && { 'Content-Length': '4' }),
            },
          };
    });
    const place = await embedded.open({ endpoint: 'http://storage.invalid' });
    await writeFile(join(place.dir, 'file'), 'text');
    for (const key of keys) {
      const before = server.requests.length;
      const env = { HTTP_PROXY: server.endpoint };
      await place.partwise(['put', '--', 'file', place.location(key)], { env });
      await place.partwise(['get', '--', place.location(key), 'back'], { env });
      await place.partwise(['abort', place.location(key), '--upload-id', 'u'], { env });
      const asked = server.requests.slice(before);
      expect(asked.length).toBeGreaterThan(2);
      for (const { target } of asked.filter(({ query }) => !query.has('uploads')))
        expect(target.split('?')[0]).toBe(
          `http://storage.invalid/${place.bucket}/${key.split('/').map(encodeStrictly).join('/')}`,
        );
    }
  });

  it('is asked for a server that only it can reach, both ways', async () => {
    const proxy = await startForwardProxy();
    const place = await embedded.open({ endpoint: 'http://storage.invalid' });
    await writeFile(join(place.dir, 'file'), 'text');
    for (const name of ['HTTP_PROXY', 'http_proxy']) {
      const env = { [name]: proxy.url };
      expect((await place.partwise(['put', 'file', place.location('key')], { env })).code).toBe(0);
      const get = await place.partwise(['get', '-v', place.location('key'), 'back'], { env });
      expect(get).toMatchObject({ code: 0, stderr: expect.stringContaining(`proxy: ${proxy.url}`) });
    }
    expect(proxy.passed).toContain(`PUT http://storage.invalid/${place.bucket}/key?x-id=PutObject`);
  });
  it('gets a tunnel for https, and sees nothing of what is in it', async () => {
    const proxy = await startForwardProxy();
    const place = await embedded.open({ endpoint: 'https://storage.invalid' });
    const env = { HTTPS_PROXY: proxy.url };
    const ls = await place.partwise(['ls', '--no-verify-ssl', place.location()], { env });
    // What answers behind the tunnel speaks plain http.
    expect(ls).toMatchObject({ code: 6, stderr: expect.stringContaining('TLS') });
    expect(new Set(proxy.passed)).toEqual(new Set(['CONNECT storage.invalid:443']));
  });
  it('gives a tunnel in which the server still has to be the right one', async (context) => {
    const { key, cert, file } = await makeCertificate(context, { host: 'DNS:storage.invalid' });
    const server = createTlsServer({ key, cert }, (_, response) => response.writeHead(200).end(NO_BUCKETS));
    const port = await listen(server);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const proxy = await startForwardProxy(new URL(`https://127.0.0.1:${port}`));
    const ls = async (endpoint: string, ...flags: string[]): Promise<number | null> => {
      const place = await embedded.open({ endpoint });
      return (await place.partwise(['ls', ...flags], { env: { HTTPS_PROXY: proxy.url } })).code;
    };
    expect(await ls('https://storage.invalid')).toBe(6);
    expect(await ls('https://storage.invalid', '--ca-bundle', file)).toBe(0);
    expect(await ls('https://other.invalid', '--ca-bundle', file)).toBe(6);
    expect(await ls('https://other.invalid', '--no-verify-ssl')).toBe(0);
  });
  it('of a kind that cannot be used is said, not gone around', async () => {
    const place = await embedded.open();
    const env = { ALL_PROXY: 'socks5://127.0.0.1:1' };
    const ls = await place.partwise(['ls', place.location()], { env });
    expect(ls).toMatchObject({ code: 2, stderr: expect.stringContaining('socks5://127.0.0.1:1') });
  });
  it('is left alone for hosts that NO_PROXY names', async () => {
    const proxy = await startForwardProxy();
    const place = await embedded.open();
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1,other' };
    expect((await place.partwise(['ls', place.location()], { env })).code).toBe(0);
    expect(proxy.passed).toEqual([]);
  });
  it('that is not there ends with 6', async () => {
    const place = await embedded.open({ endpoint: 'http://storage.invalid' });
    await writeFile(join(place.dir, 'file'), 'text');
    const env = { HTTP_PROXY: 'http://127.0.0.1:1' };
    const put = await place.partwise(['put', '--give-up-after', '1s', 'file', place.location('key')], {
      env,
    });
    expect(put).toMatchObject({ code: 6, stderr: expect.stringContaining('127.0.0.1:1') });
  });
});
