import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { beginUpload, storeObject } from '../support/processes/remote.ts';
import { objectsPage, startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();
const LOUD = ['-v', '-v', '--debug'];

describe('no output holds a secret', () => {
  it('of any command that goes well or badly, however loud', async () => {
    const place = await embedded.open();
    const { secretAccessKey } = embedded.server;
    await writeFile(join(place.dir, 'file'), makeBytes(6 * 1024 * 1024));
    await storeObject(place, 'key', 'text');
    await beginUpload(place, 'half');
    for (const args of [
      ['put', '-s', '5MiB', 'file'],
      ['get', place.location('key'), 'back'],
      ['get', place.location('none'), 'back'],
      ['ls', '--json', place.location()],
      ['abort', place.location('half')],
      ['cleanup', place.location(), '--older-than', '7d'],
    ]) {
      const { stdout, stderr } = await place.partwise([...args, ...LOUD]);
      const all = stdout + stderr;
      // So much is there to be seen that something could be.
      expect(stderr).toContain('127.0.0.1');
      expect(all).not.toContain(secretAccessKey);
      expect(all).not.toMatch(/Signature=|X-Amz-Signature|AWS4-HMAC/i);
    }
  });

  it('when the keys are wrong, or a session token is there', async () => {
    const place = await embedded.open();
    const env = {
      AWS_ACCESS_KEY_ID: 'an-access-key',
      AWS_SECRET_ACCESS_KEY: 'a-secret-that-is-wrong',
      AWS_SESSION_TOKEN: 'a-token-that-is-secret',
      AWS_ENDPOINT_URL_S3: embedded.server.endpoint,
    };
    const ended = await place.partwise(['ls', place.location(), ...LOUD], { env });
    expect(ended.code).toBe(5);
    expect(ended.stdout + ended.stderr).not.toMatch(/a-secret-that|a-token-that|Signature=/);
  });

  it('and no stack is shown without --debug', async () => {
    const place = await embedded.open();
    const get = await place.partwise(['get', '-v', place.location('none'), 'back']);
    expect(get.stderr).not.toMatch(/^\s+at /m);
    const debug = await place.partwise(['get', '--debug', place.location('none'), 'back']);
    expect(debug.stderr).toMatch(/^\s+at /m);
  });
});

describe('a server that repeats what it was sent', () => {
  const token = randomBytes(700).toString('base64');
  const secret = randomBytes(30).toString('base64');
  const customerKey = randomBytes(32);

  /** No piece of a secret that could be used, wherever it was cut. */
  function expectNothingOf(output: string, ...secrets: readonly string[]): void {
    for (const whole of secrets)
      for (let at = 0; at + 16 <= whole.length; at += 4)
        expect(output).not.toContain(whole.slice(at, at + 16));
  }

  it.each([
    ['wire', 'variables'],
    ['wire', 'a profile'],
    ['sdk', 'variables'],
    ['sdk', 'a profile'],
  ])('shows none of it (%s, keys of %s)', async (way, from) => {
    // Bare words, in every place that is quoted; the token comes where a message is cut.
    const server = await startScripted(({ headers }) => {
      const key = String(headers['x-amz-server-side-encryption-customer-key'] ?? 'none');
      const words = [key, headers['x-amz-security-token'] ?? 'none', secret, encodeURIComponent(secret)];
      const body = `<Error><Code>Odd${key}</Code><Message>${'x'.repeat(60)} ${words.join(' ')}</Message></Error>`;
      return { status: 400, headers: { 'x-amz-request-id': key }, body };
    });
    const place = await embedded.open({ endpoint: server.endpoint });
    const keys = {
      AWS_ACCESS_KEY_ID: 'an-access-key',
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_SESSION_TOKEN: token,
    };
    await mkdir(join(place.dir, '..', '.aws'));
    await writeFile(
      join(place.dir, '..', '.aws', 'credentials'),
      `[lab]\n${Object.entries(keys)
        .map(([name, value]) => `${name.toLowerCase()} = ${value}\n`)
        .join('')}`,
    );
    await writeFile(join(place.dir, 'a.txt'), 'text');
    await writeFile(join(place.dir, 'sse-key'), customerKey);
    const unset = { ACCESS_KEY_ID: undefined, SECRET_KEY: undefined, ENDPOINT: undefined };
    const base = { ...unset, PARTWISE_STORE: way, AWS_ENDPOINT_URL_S3: server.endpoint };
    const env = from === 'variables' ? { ...base, ...keys } : { ...base, AWS_PROFILE: 'lab' };
    for (const flags of [[], ['--json', ...LOUD], ['--progress', 'json', '--json', ...LOUD]]) {
      for (const args of [
        ['put', '--sse-c-key', 'sse-key', 'a.txt', place.location('k')],
        ['get', '--sse-c-key', 'sse-key', place.location('k'), 'b'],
        ['ls', place.location()],
      ]) {
        const { code, stdout, stderr } = await place.partwise([...args, ...flags], { env });
        expect(code).toBe(1);
        expectNothingOf(stdout + stderr, token, secret, customerKey.toString('base64'));
        expect(stdout + stderr).not.toContain(encodeURIComponent(secret));
      }
    }
    expect(server.requests.some(({ headers }) => headers['x-amz-security-token'] === token)).toBe(true);
  });

  it.each(['wire', 'sdk'])('shows none of it where it looks like data (%s)', async (way) => {
    const server = await startScripted(({ method, query }) => {
      if (query.has('list-type'))
        return { body: objectsPage([{ key: `p/${secret}`, etag: 'e' }, { key: 'p/z' }]) };
      const headers = { ETag: `"${secret}"`, 'x-amz-version-id': secret };
      return method === 'PUT'
        ? { headers }
        : { headers: { ...headers, 'Content-Length': '4' }, body: 'text' };
    });
    const place = await embedded.open({ endpoint: server.endpoint });
    await writeFile(join(place.dir, 'a.txt'), 'text');
    const env = { PARTWISE_STORE: way, SECRET_KEY: secret };
    for (const args of [
      ['ls', '-r', place.location('p/')],
      ['ls', '-r', '-0', place.location('p/')],
      ['ls', '-r', '--json', place.location('p/')],
      ['put', '--json', '--progress', 'json', 'a.txt', place.location('p/k')],
      ['get', '--json', place.location('p/k'), 'b'],
      ['get', '-v', '-v', place.location('p/k'), 'b'],
    ]) {
      const { stdout, stderr } = await place.partwise(args, { env });
      expect([args, (stdout + stderr).includes(secret)]).toEqual([args, false]);
    }
  });

  it('shows no shared access signature of an address that is given as a location', async () => {
    const place = await embedded.open();
    const address = 'https://account.blob.core.windows.net/c/k?sv=1&sig=SECRETSECRET%3D&se=2';
    const { code, stderr } = await place.partwise(['get', address, 'f', ...LOUD]);
    expect(code).toBe(2);
    expect(stderr).not.toContain('SECRETSECRET');
  });
});
