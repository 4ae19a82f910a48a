import { expect, it } from 'vitest';
import { abort } from '../../src/cli/work/abort.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { memoryContext } from '../support/memory/context.ts';
import { memorySetting } from '../support/memory/engine.ts';

it('abort says what to do where the server lists no uploads, and takes an id all the same', async () => {
  const { engine, store } = memorySetting();
  store.uploads.set('id', {
    bucket: 'box',
    key: 'k',
    uploadId: 'id',
    initiated: new Date(),
    parts: new Map(),
  });
  const refusing = {
    ...store,
    // oxlint-disable-next-line require-yield -- it refuses
    async *listUploads(): AsyncGenerator<never> {
      throw new TransferError('unsupported', 'not implemented');
    },
  };
  const { context } = await memoryContext({ ...engine, store: refusing });
  await expect(abort(['s3://box/k'], {}, context)).rejects.toMatchObject({
    kind: 'unsupported',
    hint: expect.stringContaining('--upload-id'),
  });
  expect(await abort(['s3://box/k'], { uploadId: 'id' }, context)).toMatchObject({ exitCode: 0 });
  expect(store.uploads.size).toBe(0);
});
