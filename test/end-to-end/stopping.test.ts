import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { makeBytes } from '../support/processes/files.ts';
import type { Place } from '../support/processes/place.ts';
import { listUploads, readObject } from '../support/processes/remote.ts';
import { type Proxy, type Rule, startProxy } from '../support/proxy/proxy.ts';

const embedded = startEmbedded();
const BYTES = makeBytes(11 * 1024 * 1024);
const without = process.platform === 'linux' ? '' : ' (skipped: needs /proc)';

async function openSlow(rules: readonly Rule[]): Promise<Place & { proxy: Proxy }> {
  const proxy = await startProxy({ target: embedded.server.endpoint, rules });
  onTestFinished(() => proxy.close());
  const place = await embedded.open({ endpoint: proxy.endpoint });
  await writeFile(join(place.dir, 'file'), BYTES);
  return { ...place, proxy };
}

/** The state of a process as Linux tells it: `T` is stopped. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

describe.skipIf(without)(`Ctrl-Z${without}`, () => {
  it('stops a put like any program, and it goes on and ends well when it is continued', async () => {
    const place = await openSlow([
      {
        match: { operation: 'UploadPart', partNumber: 2, nth: 1 },
        do: { action: 'delay', ms: 1_000, when: 'before-forward' },
      },
    ]);
    const put = place.start(['put', '-s', '5MiB', '-c', '1', 'file', place.location('key')]);
    await until(async () => place.proxy.requests.some(({ partNumber }) => partNumber === 2));
    put.signal('SIGTSTP');
    await until(async () => (await stateOf(put.pid)) === 'T');
    put.signal('SIGCONT');
    expect(await put.ended).toMatchObject({ code: 0 });
    expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  });
});

it('of many files that were interrupted, each is named, and one command takes all of them up', async () => {
  const place = await openSlow([
    {
      match: { operation: 'UploadPart', partNumber: 3 },
      do: { action: 'stall', direction: 'up', afterBytes: 0 },
    },
  ]);
  await place.shell('mkdir dir && cp file dir/a && cp file dir/b && cp file dir/c');
  const flags = ['-s', '5MiB', '-c', '12', '--progress', 'json'];
  const put = place.start(['put', '-r', ...flags, 'dir', place.location('p/')]);
  // Every part but the third of each is acknowledged.
  await put.said(/(?:"part\.done"[^]*){6}/);
  put.signal('SIGINT');
  const { code, stderr } = await put.ended;
  expect(code).toBe(130);
  const said = stderr
    .trimEnd()
    .split('\n')
    .map((line): string => JSON.parse(line).message ?? '');
  const lines = said.filter((line) => /^(?:kept|resume|discard|aborted|left behind)/.test(line));
  const words = lines.map((line) => line.split(':')[0]);
  expect(words).toEqual(['kept', 'kept', 'kept', 'resume', 'discard', 'discard', 'discard']);
  for (const upload of await listUploads(place)) expect(stderr).toContain(upload.split(' ')[1]);
  place.proxy.setRules([]);
  const resume = lines.find((line) => line.startsWith('resume: '))?.slice('resume: '.length) ?? '';
  expect(await place.shell(resume)).toMatchObject({ code: 0 });
  expect(await listUploads(place)).toEqual([]);
});
