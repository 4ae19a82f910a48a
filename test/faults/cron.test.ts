import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startServer, type Ways } from '../support/embedded/server.ts';
import type { ServerAccess } from '../support/processes/place.ts';
import { beginUpload, listKeys, listUploads } from '../support/processes/remote.ts';
import { runsOn, startMatrixServer } from './matrix-server.ts';
import { explain, nextSecond, openFaults } from './support.ts';

const matrix = startMatrixServer();
const STALE = ['--older-than', '0s', '--force'];

/** An embedded server with these ways, for one test. */
async function startOdd(ways: Partial<Ways>): Promise<ServerAccess> {
  const dir = await mkdtemp(join(tmpdir(), 'partwise-faults-'));
  const server = await startServer({ dir, ways });
  onTestFinished(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  return server;
}

it('C10 a listing of uploads is empty although there are some: found in the whole bucket, else never clean', async () => {
  const isEmbedded = runsOn('embedded');
  const server = isEmbedded ? await startOdd({ uploadsByPrefix: 'exact-key' }) : matrix.server;
  const place = await openFaults(server);
  await beginUpload(place, 'dir/a');
  await nextSecond();
  await beginUpload(place, 'dir/b');
  const other = await beginUpload(place, 'other');
  await nextSecond();
  await nextSecond();
  const found = await place.partwise(['cleanup', place.location('dir/'), ...STALE]);
  explain(found.code, found.stderr).toBe(0);
  expect(found.stdout).toContain('aborted 2');
  expect(await listUploads(place)).toEqual([`other ${other}`]);
  if (!isEmbedded) return;

  // Older builds of MinIO tell of no upload unless its whole key is asked for.
  const silent = await openFaults(await startOdd({ uploadsByPrefix: 'only-key' }), [
    { match: {}, do: { action: 'set-headers', direction: 'down', headers: { Server: 'MinIO' } } },
  ]);
  await beginUpload(silent, 'dir/a');
  for (const location of [silent.location(), silent.location('dir/')]) {
    const nothing = await silent.partwise(['cleanup', location, ...STALE]);
    explain(nothing.stderr, nothing.stdout).toMatch(/^warning: /m);
    const json = await silent.partwise(['cleanup', location, ...STALE, '--json']);
    const summary: unknown = JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '');
    expect(summary).toMatchObject({ type: 'summary', warning: expect.any(String) });
  }
});

it('C13 run from cron, with no HOME, no terminal and stdin closed: works, as plain text', async () => {
  const place = await openFaults(matrix.server);
  await beginUpload(place, 'stale');
  await nextSecond();
  await nextSecond();
  await writeFile(join(place.dir, 'file'), 'text');
  const env = { HOME: undefined, LANG: 'C', TERM: undefined };
  const state = join(place.dir, '..', 'state');
  const commands = [
    `put --state-dir ${state} file ${place.location('key')}`,
    `get --state-dir ${state} ${place.location('key')} got`,
    `ls -r ${place.location()}`,
    `cleanup --state-dir ${state} ${place.location()} ${STALE.join(' ')}`,
  ];
  for (const command of commands) {
    const ended = await place.shell(`partwise ${command} <&-`, { env });
    explain(ended.code, `${command}: ${ended.stderr}`).toBe(0);
    // oxlint-disable-next-line no-control-regex
    explain(ended.stdout + ended.stderr, command).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  }
  expect(await listKeys(place)).toEqual(['key']);
  expect(await listUploads(place)).toEqual([]);
});
