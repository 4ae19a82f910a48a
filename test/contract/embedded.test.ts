import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import { startServer, type Ways } from '../support/embedded/server.ts';
import { describeStore, type OpenedStore } from './store-contract.ts';

/** The S3 adapter over a server in this process. */
async function open(ways: Partial<Ways>, way: 'wire' | 'sdk'): Promise<OpenedStore> {
  const dir = await mkdtemp(join(tmpdir(), 'store-contract-'));
  const bucket = 'box';
  const server = await startServer({ dir, buckets: [bucket], ways });
  const env = { ACCESS_KEY_ID: server.accessKeyId, SECRET_KEY: server.secretAccessKey };
  const store = openStore(resolveConnection({ endpointUrl: server.endpoint }, env, new Map()), { way });
  return {
    store,
    bucket,
    async close() {
      store.close();
      await server.close();
      await rm(dir, { recursive: true });
    },
  };
}

for (const way of ['wire', 'sdk'] as const) {
  const name = `S3 (${way})`;
  describeStore(name, () => open({}, way));
  describeStore(`${name} with small pages`, () => open({ pageSize: 2 }, way));
  describeStore(`${name} that drops checksums in silence`, () => open({ checksums: 'dropped' }, way));
  describeStore(`${name} that finds uploads by their whole key only`, () =>
    open({ uploadsByPrefix: 'exact-key' }, way),
  );
  describeStore(`${name} that refuses ListObjectsV2`, () => open({ listV2: 'refused', pageSize: 3 }, way));
  describeStore(`${name} that ignores the version of ListObjectsV2`, () =>
    open({ listV2: 'ignored', pageSize: 3 }, way),
  );
}
