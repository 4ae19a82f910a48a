import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import { beginUpload, storeObject } from '../support/processes/remote.ts';

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
