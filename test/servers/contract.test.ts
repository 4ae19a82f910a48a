import { describe } from 'vitest';
import { openStore } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import { describeStore, type OpenedStore } from '../contract/store-contract.ts';
import { startChosenServer } from './chosen-server.ts';
import { createBucket } from './start-server.ts';

const { access, name, title } = await startChosenServer();

/** The S3 adapter over a server that others wrote. */
async function open(way: 'wire' | 'sdk'): Promise<OpenedStore> {
  if (access === undefined) throw new Error('there is no server');
  // What one way leaves is nothing that the other should find.
  const bucket = `contract-${way}`;
  await createBucket(access, bucket);
  const env = { ACCESS_KEY_ID: access.accessKeyId, SECRET_KEY: access.secretAccessKey };
  const store = openStore(resolveConnection({ endpointUrl: access.endpoint }, env, new Map()), { way });
  return { store, bucket, close: async () => store.close() };
}

describe.skipIf(access === undefined)(`the contract, through ${title}`, () => {
  for (const way of ['wire', 'sdk'] as const) describeStore(`${name} (${way})`, () => open(way));
});
