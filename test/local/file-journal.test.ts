import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fileJournal } from '../../src/local/file-journal.ts';

it('a page that cannot be written is an error of the disk, with its path, and none of the program', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'partwise-journal-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const journal = fileJournal(directory, { onWarning: () => undefined });
  const transfer = { direction: 'put', endpoint: 'http://h', object: 's3://b/k', local: '/f' } as const;
  const page = await journal.open(transfer);
  await rm(join(directory, 'transfers'), { recursive: true });
  const entry = { size: 1, partSize: 1, shape: '', begunAt: 0, reference: null };
  await expect(page.save(entry)).rejects.toMatchObject({
    kind: 'disk',
    code: 'ENOENT',
    message: expect.stringMatching(/^cannot remember the transfer in .*\.jsonl: no such file or directory$/),
  });
  await mkdir(join(directory, 'transfers'));
  await page.save(entry);
  await page.release();
});
