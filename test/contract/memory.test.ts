import { memoryStore, type MemoryStoreOptions } from '../support/memory/store.ts';
import { describeStore, type OpenedStore } from './store-contract.ts';

async function open(options: MemoryStoreOptions): Promise<OpenedStore> {
  const store = memoryStore(options);
  return { store, bucket: store.bucket, close: async () => {} };
}

describeStore('memory', () => open({}));
describeStore('memory without checksums and with small pages', () => open({ echoes: false, pageSize: 2 }));
describeStore('memory with ETags of its own', () => open({ etags: 'named', sums: 'composite' }));
