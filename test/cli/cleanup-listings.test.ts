import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanup } from '../../src/cli/work/cleanup.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { Store } from '../../src/transfer/ports.ts';
import { memoryContext } from '../support/memory/context.ts';
import { memorySetting } from '../support/memory/engine.ts';

const DAY = 86_400_000;
let state = '';
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'partwise-listings-'));
});
afterAll(() => rm(state, { recursive: true }));

/** A bucket with one stale upload, in a store whose listings are what a test makes of them. */
function storeWith(change: (store: Store) => Partial<Store>): ReturnType<typeof memoryContext> {
  const now = Date.now();
  const setting = memorySetting({ startAt: now });
  const initiated = new Date(now - 30 * DAY);
  setting.store.uploads.set('id', { bucket: 'box', key: 'k', uploadId: 'id', initiated, parts: new Map() });
  const store = { ...setting.store, ...change(setting.store) };
  return memoryContext({ ...setting.engine, store }, { state });
}

const options = { olderThan: 7 * DAY };

describe('cleanup', () => {
  it('--all-buckets names a bucket that cannot be listed, and goes on with the others: exit 3', async () => {
    const { context, out, err } = await storeWith(() => ({
      async *listBuckets() {
        for (const name of ['away', 'box']) yield { name, created: undefined };
      },
    }));
    const end = await cleanup([], { ...options, allBuckets: true }, context);
    expect(end).toMatchObject({
      exitCode: 3,
      totals: { aborted: 1, warning: expect.stringContaining('away') },
    });
    expect(out()).toContain('aborted: s3://box/k');
    expect(err()).toContain('away');
  });

  it('--all-buckets leaves alone a bucket whose server tells no time, and goes on with the others: exit 3', async () => {
    const { context, out } = await storeWith((store) => ({
      async *listBuckets() {
        for (const name of ['timeless', 'box']) yield { name, created: undefined };
      },
      async *listUploads(bucket, ...rest) {
        if (bucket === 'box') yield* store.listUploads(bucket, ...rest);
        else yield { bucket, key: 'k', uploadId: 'other', initiated: new Date(0), listedAt: undefined };
      },
    }));
    const end = await cleanup([], { ...options, allBuckets: true }, context);
    expect(end).toMatchObject({ exitCode: 3, totals: { seen: 1, aborted: 1 } });
    expect(out()).not.toContain('timeless');
  });

  it('does what was listed before the listing broke off, and says that it did: exit 3', async () => {
    const { context, out, err } = await storeWith((store) => ({
      async *listUploads(...args) {
        yield* store.listUploads(...args);
        throw new TransferError('server', 'page 2 was refused', { recovery: 'never' });
      },
    }));
    const end = await cleanup(['s3://box'], options, context);
    expect(end).toMatchObject({ exitCode: 3, totals: { aborted: 1, warning: 'page 2 was refused' } });
    expect(out()).toContain('aborted 1');
    expect(err()).toContain('page 2 was refused');
  });

  it('warns of an empty listing that proves nothing', async () => {
    const { context, err } = await storeWith(() => ({
      // oxlint-disable-next-line require-yield -- there is nothing
      async *listUploads(_bucket, _prefix, { onDoubt }) {
        onDoubt?.('perhaps there are some');
      },
    }));
    const end = await cleanup(['s3://box'], options, context);
    expect(end).toMatchObject({ exitCode: 0, totals: { seen: 0, warning: 'perhaps there are some' } });
    expect(err()).toContain('warning: perhaps there are some');
  });
});
