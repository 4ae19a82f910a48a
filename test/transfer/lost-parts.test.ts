import { expect, test } from 'vitest';
import { upload } from '../../src/transfer/upload.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { failureOf, memorySetting, TARGET } from '../support/memory/engine.ts';
import { memoryJournal } from '../support/memory/journal.ts';
import { memorySource } from '../support/memory/source.ts';

test('an own upload that lost its parts is aborted, and the put begun afresh', async () => {
  const bytes = patternBytes(250);
  const journal = memoryJournal();
  const controller = new AbortController();
  const setting = memorySetting({
    concurrency: 1,
    emit: ({ type }) => void (type === 'part.done' && controller.abort()),
  });
  const { store, clock } = setting;
  const engine = { ...setting.engine, journal };
  const put = (signal?: AbortSignal): ReturnType<typeof upload> =>
    upload(engine, { ...memorySource(bytes, { clock }), identity: async () => '/file' }, TARGET, {
      partSize: 100,
      minPartSize: 1,
      signal,
    });
  await failureOf(put(controller.signal));
  const [old] = store.uploads.values();
  expect(old?.parts.size).toBe(1);
  old?.parts.clear();
  expect(await put()).toMatchObject({ resumedParts: 0 });
  expect(Buffer.from(store.objects.get('key')?.bytes ?? []).equals(bytes)).toBe(true);
  expect(store.uploads.size).toBe(0);
  const planned = setting.events.findLast(({ type }) => type === 'transfer.planned');
  expect(planned).toMatchObject({ notResumedBecause: expect.stringContaining('lost its parts') });
});
