import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { buildProgram } from '../../src/cli/program.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { withoutShell } from '../support/processes/place.ts';
import { runProgram } from '../support/processes/program.ts';
import { beginUpload, listUploads } from '../support/processes/remote.ts';

const run = promisify(execFile);
const embedded = startEmbedded();
const readExample = (name: string): Promise<string> => readFile(join('docs', 'examples', name), 'utf8');
const without = await run('systemd-analyze', ['--version']).then(
  () => '',
  () => ' (skipped: needs systemd-analyze)',
);

/** The commands of a crontab, without their times. */
function commandsOf(crontab: string): string[] {
  const lines = crontab.split('\n').filter((line) => /^[\d*]/.test(line));
  return lines.map((line) => line.split(' ').slice(5).join(' '));
}

/** Whether the program takes these words; nothing is run. */
async function parse(words: readonly string[]): Promise<string> {
  const ran: string[] = [];
  const program = buildProgram(async (command) => void ran.push(command.name()), '0.0.0');
  await program.parseAsync(words, { from: 'user' });
  return ran.join();
}

describe('the examples', () => {
  it.skipIf(withoutShell)(`run from cron as they are written${withoutShell}`, async () => {
    const place = await embedded.open();
    onTestFinished(() => embedded.server.setClock(() => new Date()));
    embedded.server.setClock(() => new Date(Date.now() - 8 * 86_400_000));
    await beginUpload(place, 'old');
    embedded.server.setClock(() => new Date());
    place.client.config.systemClockOffset = 0;
    const { endpoint, accessKeyId, secretAccessKey } = embedded.server;
    const env = (await readExample('partwise.env'))
      .replace('https://s3.example.com', endpoint)
      .replace('the-access-key', accessKeyId)
      .replace('the-secret-key', secretAccessKey);
    await writeFile(join(place.dir, 'partwise.env'), env);
    // Only the places differ from what is printed.
    const commands = commandsOf(await readExample('crontab')).map((command) =>
      command
        .replace('/etc/partwise.env', `${place.dir}/partwise.env`)
        .replace('/var/lib/node_exporter', place.dir)
        .replace('s3://backups', place.location())
        .replaceAll(/\bpartwise (?=cleanup)/g, `${process.execPath} bin/partwise.cjs `),
    );
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const ended = await runProgram('/bin/sh', ['-c', command], {
        env: { PATH: '/usr/bin:/bin', HOME: place.dir },
      });
      expect(ended).toMatchObject({ code: 0, stdout: '' });
    }
    expect(await listUploads(place)).toEqual([]);
    expect(await readFile(join(place.dir, 'partwise.prom'), 'utf8')).toContain('{state="aborted"} 1\n');
  });

  it.skipIf(without)(`are units that systemd takes${without}`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'partwise-units-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const paths: string[] = [];
    for (const name of ['partwise-cleanup.service', 'partwise-cleanup.timer']) {
      const text = await readExample(name);
      paths.push(join(dir, name));
      // It looks whether the program is there.
      await writeFile(
        join(dir, name),
        text.replace('/usr/local/bin/partwise', '/bin/sh').replace('=backup', '=root'),
      );
    }
    const { stdout, stderr } = await run('systemd-analyze', ['verify', ...paths]);
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes(dir))).toEqual([]);
  });

  it('name commands and flags that the program knows', async () => {
    const [, command = ''] = /ExecStart=\S+ (.*)/.exec(await readExample('partwise-cleanup.service')) ?? [];
    expect(await parse(command.split(' '))).toBe('cleanup');
    const [, job] = parseAllDocuments(await readExample('cronjob.yaml')).map((document) => {
      expect(document.errors).toEqual([]);
      return document;
    });
    const path = ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers', 0, 'args'];
    const args: unknown = job?.getIn(path);
    expect(await parse(JSON.parse(JSON.stringify(args)))).toBe('cleanup');
    expect(job?.get('kind')).toBe('CronJob');
  });
});
