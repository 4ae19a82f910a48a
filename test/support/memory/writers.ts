import { hasher } from '../../../src/local/hash.ts';
import { createEngine } from '../../../src/transfer/engine.ts';
import type { Journal } from '../../../src/transfer/journal.ts';
import type { Clock } from '../../../src/transfer/ports.ts';
import type { TransferResult } from '../../../src/transfer/result.ts';
import { upload } from '../../../src/transfer/upload.ts';
import { uploadStream } from '../../../src/transfer/upload-stream.ts';
import { memoryCut } from './cut.ts';
import { TARGET } from './engine.ts';
import { memorySource, memoryStream } from './source.ts';
import { memoryStore, type MemoryStoreOptions } from './store.ts';

const PART_SIZE = 100;

/** How one put of a key ended, and what its last look at that key saw. */
export type Written = {
  readonly bytes: Uint8Array;
  readonly result: TransferResult | undefined;
  readonly error: unknown;
  readonly seen: Uint8Array | undefined;
};

/** Puts bytes as one client of a server, in parts of 100 bytes, from a file or a stream. */
export async function write(
  bytes: Uint8Array,
  how: 'file' | 'stream',
  options: MemoryStoreOptions & { readonly clock: Clock; readonly journal?: Journal | undefined },
): Promise<Written> {
  const store = memoryStore(options);
  const engine = createEngine(
    { store, hasher, cut: memoryCut({ partSize: PART_SIZE }), journal: options.journal },
    { clock: options.clock, random: () => 0.5 },
  );
  const put =
    how === 'file'
      ? upload(engine, { ...memorySource(bytes, options), identity: async () => '/file' }, TARGET, {
          partSize: PART_SIZE,
          minPartSize: 1,
        })
      : uploadStream(engine, memoryStream(bytes), TARGET);
  const [settled] = await Promise.allSettled([put]);
  return {
    bytes,
    result: settled.status === 'fulfilled' ? settled.value : undefined,
    error: settled.status === 'rejected' ? settled.reason : undefined,
    seen: store.lastSeen()?.bytes,
  };
}
