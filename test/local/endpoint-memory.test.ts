import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { endpointMemory } from '../../src/local/endpoint-memory.ts';
import { knowledgeOf } from '../../src/s3/capabilities.ts';

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'partwise-memory-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const DAY_MS = 86_400_000;

it('knows for a week what was learned of an endpoint, and nothing of another', async () => {
  let now = 1_000_000_000_000;
  const memory = endpointMemory(await openFolder(), () => now);
  expect(knowledgeOf(await memory.recall('http://a/'))).toEqual({});
  await memory.remember('http://a/', { checksums: 'content-md5' });
  expect(knowledgeOf(await memory.recall('http://a/'))).toEqual({ checksums: 'content-md5' });
  expect(knowledgeOf(await memory.recall('http://b/'))).toEqual({});
  now += 8 * DAY_MS;
  expect(knowledgeOf(await memory.recall('http://a/'))).toEqual({});
});

it.each(['', '{"checksums":"conte', '[]', '{"at":1000000000000,"checksums":"none; rm"}'])(
  'takes a file that makes no sense for one that is not there: %s',
  async (text) => {
    const folder = await openFolder();
    const memory = endpointMemory(folder, () => 1_000_000_000_000);
    await memory.remember('http://a/', {});
    const [name = ''] = await readdir(join(folder, 'endpoints'));
    await writeFile(join(folder, 'endpoints', name), text);
    expect(knowledgeOf(await memory.recall('http://a/'))).toEqual({});
  },
);

it.skipIf(process.platform === 'win32')('is readable by this user only', async () => {
  const folder = await openFolder();
  await endpointMemory(folder).remember('http://a/', {});
  const [name = ''] = await readdir(join(folder, 'endpoints'));
  expect((await stat(join(folder, 'endpoints'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'endpoints', name))).mode & 0o777).toBe(0o600);
});
