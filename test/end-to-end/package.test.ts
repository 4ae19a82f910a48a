import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { type Ended, runProgram } from '../support/processes/program.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const isWindows = process.platform === 'win32';
const embedded = startEmbedded();
let project = '';

/** A folder as `npm install partwise.tgz` leaves it, but with the dependencies of this repository. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'partwise-stranger-'));
  const npm = ['pack', '--ignore-scripts', '--pack-destination', project];
  await run('npm', npm, { cwd: repository, shell: isWindows });
  const tarball = (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? '';
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await run('tar', ['-xzf', tarball], { cwd: project });
  for (const name of await readdir(join(repository, 'node_modules')))
    if (!name.startsWith('.'))
      await symlink(join(repository, 'node_modules', name), join(modules, name), 'junction');
  await rename(join(project, 'package'), join(modules, 'partwise'));
  if (!isWindows) await symlink('../partwise/bin/partwise.cjs', join(modules, '.bin', 'partwise'));
  await chmod(join(modules, 'partwise', 'bin', 'partwise.cjs'), 0o755);
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }');
});

afterAll(() => rm(project, { recursive: true, force: true }));

async function runScript(text: string, args: readonly string[] = []): Promise<Ended> {
  await writeFile(join(project, 'script.js'), text);
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: project, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  return await runProgram(process.execPath, ['script.js', ...args], { cwd: project, env });
}

describe('the package', () => {
  it('holds the program, the library and its types, and neither sources nor tests', async () => {
    const root = join(project, 'node_modules', 'partwise');
    const names = await readdir(root, { recursive: true });
    expect(names).toContain(join('dist', 'index.js'));
    expect(names).toContain(join('dist', 'index.d.ts'));
    expect(names).toContain(join('dist', 'program', 'THIRD-PARTY-LICENSES.txt'));
    expect(names).toContain('SECURITY.md');
    expect(names.filter((name) => /^(?:src|test|\.ci|\.github|node_modules)\b/.test(name))).toEqual([]);
    const { bin, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(names).toContain(join(...String(bin.partwise).split('/').slice(1)));
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('can be imported by a stranger, and nothing happens by that', async () => {
    const ended = await runScript(`
      import * as partwise from 'partwise';
      console.log(JSON.stringify(Object.keys(partwise)));
    `);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual(
      expect.arrayContaining(
        [
          'createEngine connect upload download uploadStream planParts startRun',
          'openFile fileSink bytesSource bytesSink streamSource streamSink hasher',
          'listBuckets listObjects listUploads TransferError UploadStoppedError',
        ].flatMap((names) => names.split(' ')),
      ),
    );
  });

  it('moves files both ways in a script of a few lines', async () => {
    const place = await embedded.open();
    const { endpoint, accessKeyId, secretAccessKey } = embedded.server;
    const ended = await runScript(
      `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { bytesSink, bytesSource, connect, download, fileSink, listObjects, openFile, upload } from 'partwise';
      const [endpointUrl, accessKeyId, secretAccessKey, bucket] = process.argv.slice(2);
      const events = new Set();
      const emit = (event) => events.add(event.type);
      const s3 = await connect({ endpointUrl, credentials: { accessKeyId, secretAccessKey }, env: {}, emit });
      writeFileSync('there', Buffer.alloc(6 * 1024 * 1024, 'partwise'));
      const source = await openFile('there');
      const result = await upload(s3, source, { bucket, key: 'file' }, { partSize: 5 * 1024 * 1024 });
      await source.close();
      await download(s3, { bucket, key: 'file' }, fileSink('back'));
      await upload(s3, bytesSource(Buffer.from('text')), { bucket, key: 'text' });
      const sink = bytesSink();
      await download(s3, { bucket, key: 'text' }, sink);
      const keys = [];
      for await (const entry of listObjects(s3, bucket)) keys.push(entry.key);
      s3.close();
      console.log(JSON.stringify({
        keys,
        parts: result.parts,
        verified: result.verified.by,
        same: readFileSync('there').equals(readFileSync('back')),
        text: Buffer.from(sink.bytes()).toString(),
        events: events.has('part.done'),
      }));
      `,
      [endpoint, accessKeyId, secretAccessKey, place.bucket],
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({
      keys: ['file', 'text'],
      parts: 2,
      verified: 'checksum',
      same: true,
      text: 'text',
      events: true,
    });
  });

  it('gives errors a kind that a script can look at', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = embedded.server;
    const ended = await runScript(
      `
      import { bytesSink, connect, download, TransferError } from 'partwise';
      const [endpointUrl, accessKeyId, secretAccessKey] = process.argv.slice(2);
      const s3 = await connect({ endpointUrl, credentials: { accessKeyId, secretAccessKey } });
      try {
        await download(s3, { bucket: 'no-such-bucket', key: 'key' }, bytesSink());
      } catch (error) {
        console.log(error instanceof TransferError, error.kind);
      }
      s3.close();
      `,
      [endpoint, accessKeyId, secretAccessKey],
    );
    expect(ended).toMatchObject({ code: 0, stdout: 'true not-found\n', stderr: '' });
  });

  it.skipIf(isWindows)(
    `has a program that npx finds${isWindows ? ' (skipped: npm makes other links on Windows)' : ''}`,
    async () => {
      const { PATH = '' } = process.env;
      const ended = await runProgram('npx', ['--offline', 'partwise', '--version'], {
        cwd: project,
        env: { PATH, HOME: project },
      });
      expect(ended.code).toBe(0);
      const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
      expect(ended.stdout).toBe(`${version}\n`);
    },
  );
});
