import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, safeExitCode } from '../../src/cli/exit-codes.ts';
import { whereElse } from '../../src/cli/not-here.ts';
import { parseDuration, parseSize } from '../../src/cli/values.ts';
import { diskError } from '../../src/local/disk-error.ts';
import { asTransferError, refused } from '../../src/s3/errors.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { bin } from '../support/processes/workspace.ts';
import { errorDocument, startScripted } from '../support/scripted-server.ts';

const embedded = startEmbedded();

/** Every name that a plain object answers to without having been given it. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

describe("a server's error code that is a name every JavaScript object has", () => {
  it.each(['wire', 'sdk'])('fails every command like any other refusal (%s)', async (way) => {
    for (const [status, code, expected] of [
      [403, 'constructor', 5],
      [403, '__proto__', 5],
      [409, 'toString', 1],
    ] as const) {
      const server = await startScripted(() => ({ status, body: errorDocument(code) }));
      const place = await embedded.open({ endpoint: server.endpoint });
      await writeFile(join(place.dir, 'a.txt'), 'text');
      const env = { PARTWISE_STORE: way };
      for (const args of [
        ['put', 'a.txt', place.location('k')],
        ['get', place.location('k'), 'f'],
        ['get', '-r', place.location('p/'), 'out'],
        ['ls', place.location()],
        ['abort', place.location('k'), '--upload-id', 'u'],
        ['cleanup', place.location(), '--older-than', '7d'],
      ]) {
        const before = server.requests.length;
        const { code: exit, stdout } = await place.partwise([...args, '--json'], { env });
        // HEAD has no document: what it says is its status.
        expect([args[0], exit]).toEqual([args[0], expected]);
        expect(stdout).toContain(`"exitCode":${expected}`);
        // Such a refusal lasts: asking again is of no use.
        expect(server.requests.length - before).toBeLessThanOrEqual(4);
      }
    }
  });

  it('has a kind, whatever the status', () => {
    for (const code of INHERITED) {
      for (const status of [200, 304, 400, 403, 404, 409, 412, 429, 500, 503]) {
        const refusal = { status, code, message: '', requestId: undefined, headers: {}, isHtml: false };
        const error = refused('put s3://b/k', refusal);
        expect(typeof error.kind).toBe('string');
        expect(exitCodeOf(error)).toBeGreaterThan(0);
        expect(['never', 'again', 'wait', 'at-once']).toContain(error.recovery);
      }
    }
  });
});

describe('a word from elsewhere', () => {
  it.each(INHERITED)('%s is found in no table', (word) => {
    const thrown = Object.assign(new Error('socket hang up'), { code: word });
    const { signal } = new AbortController();
    expect(asTransferError('ls', thrown, signal, false).message).not.toContain('function');
    expect(diskError('open f', thrown).message).toBe('cannot open f: socket hang up');
    expect(whereElse(word)).toBeUndefined();
    expect(() => parseSize(`1${word}`)).toThrow(TransferError);
    expect(() => parseDuration(`1${word}`)).toThrow(TransferError);
  });
});

describe('the exit code', () => {
  it('is 70 for whatever is no exit code', () => {
    for (const code of [undefined, null, Number.NaN, -1, 1.5, 256, '0', {}])
      expect(safeExitCode(code)).toBe(70);
    expect([0, 1, 130].map(safeExitCode)).toEqual([0, 1, 130]);
  });

  it('is 70 for a kind of failure that is none', () => {
    const error = new TransferError('server', 'x');
    Object.defineProperty(error, 'kind', { value: 'constructor' });
    expect(exitCodeOf(error)).toBe(70);
  });

  it('is 70 when the program ends before its work does', () => {
    // A stream that never ends and holds nothing open: the loop drains while the command still waits.
    const script = `
      process.argv = [process.argv[0], ${JSON.stringify(bin)}, 'put', '-', 's3://bucket/key'];
      const { Readable } = require('node:stream');
      Object.defineProperty(process, 'stdin', { value: new Readable({ read() {} }) });
      require(${JSON.stringify(bin)});`;
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', PARTWISE_STATE_DIR: '/nonexistent' };
    const keys = {
      ENDPOINT: 'http://127.0.0.1:1',
      ACCESS_KEY_ID: 'an-access-key',
      SECRET_KEY: 'a-secret-key',
    };
    const ended = spawnSync(process.execPath, ['-e', script], {
      env: { ...env, ...keys },
      encoding: 'utf8',
      input: '',
    });
    expect(ended.stderr).toContain('stopped before its work was done');
    expect(ended.status).toBe(70);
  });
});
