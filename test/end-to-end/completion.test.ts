import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completionScript, SHELLS } from '../../src/cli/completion-scripts.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { type Place, runBare, withoutShell } from '../support/processes/place.ts';
import { storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();

async function openFilled(): Promise<Place> {
  const place = await embedded.open();
  for (const key of ['logs/a.txt', 'logs/deep/b.txt', 'log book', 'other'])
    await storeObject(place, key, 'text');
  return place;
}

/** What fits a line that ends where the cursor stands. */
async function complete(place: Place, ...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await place.partwise(['__complete', '--', ...words]);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('partwise:')]);
  return stdout.split('\n').filter(Boolean);
}

describe('what fits', () => {
  it('is commands, flags and their values', async () => {
    const place = await embedded.open();
    expect(await complete(place, '')).toEqual(
      expect.arrayContaining(['put', 'get', 'ls', 'abort', 'cleanup']),
    );
    expect(await complete(place, '')).not.toContain('__complete');
    expect(await complete(place, 'cl')).toEqual(['cleanup']);
    expect(await complete(place, 'put', '--chec')).toEqual(['--checksum-algorithm']);
    expect(await complete(place, '--region', 'r', 'get', '--no-v')).toEqual([
      '--no-verify',
      '--no-verify-ssl',
    ]);
    expect(await complete(place, 'put', '--checksum-algorithm', 'sha')).toEqual(['sha256', 'sha1']);
    expect(await complete(place, 'put', '--progress=b')).toEqual(['--progress=bars']);
    expect(await complete(place, 'completion', 'f')).toEqual(['fish']);
    // The value of a flag that could be anything, and local paths, are the shell's.
    expect(await complete(place, 'put', '--part-size', '')).toEqual([]);
    expect(await complete(place, 'put', 'fi')).toEqual([]);
  });

  it('is buckets and keys, one level at a time', async () => {
    const place = await openFilled();
    expect(await complete(place, 'ls', 's3')).toEqual(['s3://']);
    expect(await complete(place, 'ls', `s3://${place.bucket}`)).toContain(place.location());
    expect(await complete(place, 'ls', place.location('lo'))).toEqual(
      ['log book', 'logs/'].map((key) => place.location(key)),
    );
    expect(await complete(place, 'get', place.location('logs/'))).toEqual(
      ['logs/a.txt', 'logs/deep/'].map((key) => place.location(key)),
    );
    expect(await complete(place, 'get', '--', place.location('oth'))).toEqual([place.location('other')]);
  });

  it('is nothing, and silently, where nobody answers or may answer', async () => {
    const place = await embedded.open();
    expect(await complete(place, 'ls', '-e', 'http://127.0.0.1:1', place.location('x'))).toEqual([]);
    expect(await complete(place, 'ls', 's3://no-such-bucket/')).toEqual([]);
    const bare = await runBare(['__complete', '--', 'ls', '-e', 'http://127.0.0.1:1', 's3://b/']);
    expect(bare).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('the script of a shell', () => {
  it.each(SHELLS)('%s is what the command prints', async (shell) => {
    expect(await runBare(['completion', shell])).toMatchObject({ code: 0, stdout: completionScript(shell) });
  });
  it.each(SHELLS)('%s reads it without complaint', async (shell) => {
    const { dir } = await embedded.open();
    await writeFile(join(dir, 'script'), completionScript(shell));
    const { error, status, stderr } = spawnSync(shell, ['-n', join(dir, 'script')], { encoding: 'utf8' });
    if (error) return; // the shell is not here
    expect([status, stderr]).toEqual([0, '']);
  });
  it('is not followed by a summary for programs, nor are candidates', async () => {
    const env = { PARTWISE_JSON: '1', PARTWISE_PROGRESS: 'json' };
    const script = await runBare(['completion', 'bash'], env);
    expect(script).toMatchObject({ code: 0, stdout: completionScript('bash'), stderr: '' });
    expect((await runBare(['__complete', '--', 'clean'], env)).stdout).toBe('cleanup\n');
  });
  it('no other is known', async () => {
    expect((await runBare(['completion', 'tcsh'])).code).toBe(2);
  });
  it.skipIf(withoutShell)(`bash completes locations behind their colon${withoutShell}`, async () => {
    const place = await openFilled();
    await storeObject(place, 'run/$(touch ran) `touch ran`;x', 'text');
    const run = await place.shell(`source <(partwise completion bash)
      COMP_LINE='partwise get ${place.location('run/')}'; COMP_POINT=\${#COMP_LINE}
      _partwise; eval "words=(\${COMPREPLY[0]})"; printf '%s\n' "\${#words[@]}" "\${words[0]}"`);
    // What a key holds is never run: it is one word, quoted.
    expect(run.stdout.split('\n')).toEqual(['1', `//${place.bucket}/run/$(touch ran) \`touch ran\`;x`, '']);
    expect(await readdir(place.dir)).not.toContain('ran');
    const script = `source <(partwise completion bash)
      COMP_LINE='partwise get ${place.location('logs/')}'; COMP_POINT=\${#COMP_LINE}
      _partwise; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await place.shell(script);
    // The shell has parted the word at the colon: what stands before it stays.
    expect(stdout.trim().split('\n')).toEqual(
      ['logs/a.txt', 'logs/deep/'].map((key) => `//${place.bucket}/${key}`),
    );
  });
});

describe('a command that is not here', () => {
  it.each([
    [['rm', 's3://b/k'], /aws s3 rm.*abort and cleanup/],
    [['cp', 'a', 's3://b/k'], /put stores files, get fetches them/],
    [['putt'], /Did you mean put\?/],
    [['help', 'nope'], /no command "nope"/],
    [['help', 'sync'], /nothing is deleted/],
    [['constructor'], /no command "constructor"/],
  ])('%j is answered in one line: 2', async (args, expected) => {
    const { code, stdout, stderr } = await runBare(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(expected)]);
  });
});
