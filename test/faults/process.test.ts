// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import { runBare } from '../support/processes/place.ts';
import { beginUpload, listKeys, readObject } from '../support/processes/remote.ts';
import {
  explain,
  BYTES,
  expectFail,
  expectGetOk,
  expectPutOk,
  journals,
  openFaults,
  openGet,
  openPut,
  refuse,
  stateOf,
} from './support.ts';

const matrix = startMatrixServer();

it('F01 no secret in any output: every command, at its most talkative, failing and not', async () => {
  const place = await openPut(matrix.server);
  const { secretAccessKey } = matrix.server;
  const token = 'a-session-token-nobody-should-see';
  const says = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const { stdout, stderr } = await place.partwise(args, { env });
    return stdout + stderr;
  };
  await beginUpload(place, 'unfinished');
  const loud = ['-v', '-v', '--debug'];
  const key = place.location('key');
  const commands = [
    ['put', '-s', '5MiB', 'file', key],
    ['get', '-s', '5MiB', key, 'got'],
    ['get', key, 'got', '--json'],
    ['ls', '-I', place.location()],
    ['ls', '-r', place.location(), '--json'],
    ['cleanup', place.location(), '--older-than', '7d'],
    ['abort', place.location('unfinished')],
  ];
  const outputs: string[] = [];
  for (const command of commands) outputs.push(await says([...command, ...loud]));
  const withToken = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'another-secret-key',
    AWS_SESSION_TOKEN: token,
  };
  outputs.push(await says(['ls', place.location(), ...loud], withToken));
  place.proxy.setRules([{ match: {}, do: refuse(403, 'SignatureDoesNotMatch') }]);
  for (const command of commands.slice(0, 4)) outputs.push(await says([...command, ...loud]));
  place.proxy.setRules([
    { match: { operation: 'UploadPart', nth: [3, 1_000_000] }, do: refuse(400, 'ExpiredToken') },
  ]);
  outputs.push(await says(['put', '-s', '5MiB', '-c', '1', 'file', place.location('kept'), ...loud]));
  for (const name of await journals(place)) {
    const text = await readFile(join(stateOf(place), name), 'utf8').catch(() => '');
    outputs.push(text);
  }
  for (const output of outputs) {
    expect(output).not.toContain(secretAccessKey);
    expect(output).not.toContain('another-secret-key');
    expect(output).not.toContain(token);
    expect(output).not.toMatch(/Signature=(?!\*|<|\[|…|redacted)[0-9a-f]{8}/i);
  }
  expect(outputs.join('').length).toBeGreaterThan(1000);
});

it('F02 user info or a signed query in the endpoint: refused or redacted', async () => {
  const place = await openFaults(matrix.server);
  const host = new URL(place.proxy.endpoint).host;
  for (const endpoint of [
    `http://user:topsecret@${host}`,
    `http://${host}/?X-Amz-Signature=topsecret&X-Amz-Credential=topsecret`,
    'http://user:topsecret@127.0.0.1:1',
  ]) {
    const ended = await place.partwise(['ls', '--debug', '-v', '-e', endpoint, place.location()]);
    explain(ended.code, ended.stderr).not.toBe(0);
    expect(ended.stdout + ended.stderr).not.toContain('topsecret');
  }
  expect(place.proxy.requests).toEqual([]);
});

it('F05 no credentials: exit 5, and nobody is asked for some', async () => {
  const place = await openFaults(matrix.server);
  const ended = await runBare(['ls', '-e', place.proxy.endpoint, 's3://bucket']);
  expectFail(ended, 5, /credentials|keys/i);
  expect(place.proxy.requests).toEqual([]);
});

it('F07 mistaken flags and locations: exit 2 before any request', async () => {
  const place = await openPut(matrix.server);
  const key = place.location('key');
  for (const args of [
    ['put', '--part-sise', '8MiB', 'file', key],
    ['put'],
    ['put', '-s', '1MiB', 'file', key],
    ['put', '-s', '1M', 'file', key],
    ['put', '-s', '5.5G', 'file', key],
    ['put', '-c', '1000000', 'file', key],
    ['put', '-s', '-1', 'file', key],
    ['put', '-s', '1e9', 'file', key],
    ['put', '-c', '0', 'file', key],
    ['put', '-e', 'not a url', 'file', key],
    ['put', 'file', 's3:///k'],
    ['put', 'file', 's3://../k'],
    ['put', 'file', place.location('k'.repeat(1025))],
  ]) {
    const ended = await place.partwise(args);
    expect(ended.code, `${args.join(' ').slice(0, 100)}: ${ended.stderr}`).toBe(2);
  }
  expect(place.proxy.requests).toEqual([]);
});

it('F08 a state folder that others may write, and names that look like flags', async () => {
  const place = await openPut(matrix.server);
  await writeFile(join(place.dir, '-file'), 'text');
  await writeFile(join(place.dir, '--help'), 'help');
  const put = await place.partwise(['put', '--', '-file', '--help', place.location()]);
  explain(put.code, put.stderr).toBe(0);
  expect((await listKeys(place)).toSorted()).toEqual(['--help', '-file']);
  expect((await place.partwise(['ls', 's3://--help'])).code).not.toBe(0);
  place.proxy.setRules([
    { match: { operation: 'UploadPart', nth: [3, 1_000_000] }, do: refuse(400, 'ExpiredToken') },
  ]);
  expect((await place.put('-c', '1')).code).toBe(5);
  place.proxy.setRules([]);
  const pages = (await readdir(stateOf(place))).filter((name) => name.endsWith('.jsonl'));
  expect(pages).toHaveLength(1);
  for (const name of pages) await chmod(join(stateOf(place), name), 0o666);
  const again = await place.put('-c', '1');
  explain(again.code, again.stderr).toBe(0);
  expect(again.stderr).toMatch(/not believed|writable|others|warning/i);
  expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
});

it('F09 a name that does not exist, a port that refuses: exit 6, with host and cause', async () => {
  const place = await openPut(matrix.server);
  const refused = await place.put('-e', 'http://127.0.0.1:1', '--give-up-after', '3s');
  expectFail(refused, 6, /127\.0\.0\.1:1.*(?:refused|ECONNREFUSED)|(?:refused|ECONNREFUSED).*127\.0\.0\.1:1/);
  const unknown = await place.put('-e', 'http://nohost.invalid', '--give-up-after', '3s');
  expectFail(unknown, 6, /nohost\.invalid/);
  expect(place.proxy.requests).toEqual([]);
});

it('F12 stderr or stdout is closed: the transfer is done, the code is right', async () => {
  for (const closing of ['2>&-', '>&-', '>&- 2>&-', '<&- >&- 2>&-']) {
    const place = await openPut(matrix.server);
    const put = await place.shell(`partwise put -s 5MiB file ${place.location('key')} ${closing}`);
    await expectPutOk(place, put);
    const none = await place.shell(`partwise get ${place.location('none')} got ${closing}`);
    explain(none.code, closing).toBe(4);
    const got = await openGet(matrix.server);
    const get = await got.shell(`partwise get -s 5MiB ${got.location('key')} file ${closing}`);
    await expectGetOk(got, get);
  }
});

it('F13 the reader of stderr goes away, or the terminal is a plain one: done, no escape codes', async () => {
  const place = await openPut(matrix.server);
  const put = await place.shell(
    `partwise put -v -v -s 5MiB file ${place.location('key')} 2>&1 >/dev/null | true; exit "\${PIPESTATUS[0]}"`,
  );
  await expectPutOk(place, put);
  if ((await place.shell('command -v script')).code !== 0) return;
  for (const plain of ['TERM=dumb', 'TERM=xterm CI=1']) {
    const command = `${plain} partwise put -s 5MiB file ${place.location('key')}`;
    const drawn = await place.shell(`script -qec "${command}" /dev/null </dev/null`);
    explain(drawn.code, drawn.stdout).toBe(0);
    expect(drawn.stdout).not.toContain('\x1b');
  }
});
