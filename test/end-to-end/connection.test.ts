import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { runBare } from '../support/processes/place.ts';
import { readObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
// Nobody listens on the port of discard, and nobody may but root.
const nobody = 'http://127.0.0.1:9';

describe('with the four variables alone', () => {
  it('a file is stored in the bucket, and stderr says what was understood', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file.txt'), 'text');
    const put = await place.partwise(['put', 'file.txt']);
    expect(put.code).toBe(0);
    expect(put.stderr).toContain(`file.txt → s3://${place.bucket}/file.txt (bucket from BUCKET_NAME)\n`);
    expect(put.stderr).toContain(`endpoint ${embedded.server.endpoint} from ENDPOINT\n`);
    expect(put.stdout).toMatch(new RegExp(`^s3://${place.bucket}/file\\.txt  4 B  .*  verified \\w+\n$`));
    expect((await readObject(place, 'file.txt')).toString()).toBe('text');

    const get = await place.partwise(['get', 'file.txt', 'back.txt']);
    expect(get.code).toBe(0);
    expect((await place.partwise(['ls', '--json'])).stdout).toContain(`"name":"${place.bucket}"`);
  });

  it('-q leaves nothing but errors', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file.txt'), 'text');
    expect(await place.partwise(['put', '-q', 'file.txt'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const missing = await place.partwise(['get', '-q', place.location('none'), 'back']);
    expect(missing).toMatchObject({ code: 4, stdout: '' });
    expect(missing.stderr).toMatch(/^partwise: .*none.*\n$/);
  });
});

describe('ENDPOINT', () => {
  it('is ignored when AWS_ENDPOINT_URL_S3 names another endpoint', async () => {
    const place = await embedded.open();
    const env = { ENDPOINT: nobody, AWS_ENDPOINT_URL_S3: embedded.server.endpoint };
    const ls = await place.partwise(['ls', place.location()], { env });
    expect(ls).toMatchObject({ code: 0, stderr: '' });
  });

  it('is ignored together with its keys when AWS_ keys are set', async () => {
    const place = await embedded.open();
    const { endpoint, accessKeyId, secretAccessKey } = embedded.server;
    const env = {
      ENDPOINT: nobody,
      SECRET_KEY: 'wrong',
      S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    expect(await place.partwise(['ls', place.location()], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  it('gives way to --endpoint-url without a word', async () => {
    const place = await embedded.open();
    const args = ['ls', '-e', embedded.server.endpoint, place.location()];
    expect(await place.partwise(args, { env: { ENDPOINT: nobody } })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('credentials', () => {
  it('that are missing end with 5 before any request is made', async () => {
    const server = await listenAs((_, response) => response.end());
    const ended = await runBare(['ls', '-e', server, 's3://bucket']);
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toMatch(/^partwise: no credentials .*ACCESS_KEY_ID.*\n$/);
  });

  it.each([
    ['ACCESS_KEY_ID', 'SECRET_KEY'],
    ['SECRET_KEY', 'ACCESS_KEY_ID'],
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'],
  ])('of which only %s is set end with 5 and name the missing half', async (there, missing) => {
    const ended = await runBare(['ls', '-e', nobody, 's3://bucket'], {
      [there]: 'half-a-pair',
      [missing]: '',
    });
    expect(ended.code).toBe(5);
    expect(ended.stderr).toMatch(new RegExp(`\\b${missing}\\b`));
    expect(ended.stderr).not.toContain('half-a-pair');
  });

  it('that are wrong end with 5', async () => {
    const place = await embedded.open();
    for (const env of [{ SECRET_KEY: 'wrong-secret-key' }, { ACCESS_KEY_ID: 'wrong-access-key' }]) {
      const ended = await place.partwise(['ls', place.location()], { env });
      expect(ended).toMatchObject({ code: 5, stdout: '' });
      expect(ended.stderr).toMatch(/SignatureDoesNotMatch|InvalidAccessKeyId/);
    }
  });
});

describe('what is not there', () => {
  it('ends with 4 for a bucket, in every command', async () => {
    const place = await embedded.open();
    await writeFile(join(place.dir, 'file'), 'text');
    const none = 's3://no-such-bucket';
    for (const args of [
      ['ls', none],
      ['put', 'file', `${none}/key`],
      ['get', `${none}/key`, 'back'],
      ['get', '-r', `${none}/dir/`, 'back'],
      ['cleanup', none, '--older-than', '7d'],
    ]) {
      const ended = await place.partwise(args);
      expect([args[0], ended.code, ended.stdout]).toEqual([args[0], 4, '']);
      expect(ended.stderr).toContain('no-such-bucket');
    }
  });

  it('ends with 4 for a key, a prefix and a local file', async () => {
    const place = await embedded.open();
    for (const args of [
      ['get', place.location('none'), 'back'],
      ['get', '-r', place.location('none/'), 'back'],
      ['put', 'none', place.location('key')],
    ])
      expect([args[1], (await place.partwise(args)).code]).toEqual([args[1], 4]);
  });
});

describe('an endpoint', () => {
  it('where nobody listens ends with 6', async () => {
    const place = await embedded.open();
    const ended = await place.partwise(['get', '--give-up-after', '2s', place.location('key'), 'back'], {
      env: { ENDPOINT: nobody },
    });
    expect(ended.code).toBe(6);
    expect(ended.stderr).toContain('ECONNREFUSED');
    expect(ended.stderr).not.toContain('    at ');
  });

  it('that answers with web pages ends with 1', async () => {
    const place = await embedded.open();
    const web = await listenAs((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><html><body>Welcome</body></html>');
    });
    await writeFile(join(place.dir, 'file'), 'text');
    for (const args of [
      ['ls', place.location()],
      ['get', place.location('key'), 'back'],
      ['put', 'file', place.location('key')],
    ]) {
      const ended = await place.partwise(args, { env: { ENDPOINT: web } });
      expect([args[0], ended.code, ended.stderr]).toEqual([args[0], 1, expect.stringContaining('S3')]);
    }
  });

  it('with a password in it is refused without repeating the password', async () => {
    const place = await embedded.open();
    const ended = await place.partwise(['ls', '-e', 'http://user:pass-word@127.0.0.1:9', place.location()]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).not.toContain('pass-word');
  });
});

async function listenAs(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}
