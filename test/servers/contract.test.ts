import { afterAll, describe, test } from 'vitest';
import { openStore } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import { describeStore } from '../contract/store-contract.ts';
import { startServer } from './start-server.ts';

/** The contract of the store port, held by the S3 adapter over a server that others wrote. */
const server = await startServer('versitygw');
if ('skipped' in server) {
  describe.skip(`the store port over versitygw (skipped: ${server.skipped})`, () => {
    test.todo('needs the server');
  });
} else {
  const env = { ACCESS_KEY_ID: server.accessKeyId, SECRET_KEY: server.secretAccessKey };
  const store = openStore(resolveConnection({ endpointUrl: server.endpoint }, env, new Map()));
  afterAll(() => server.stop());
  describeStore('versitygw', () =>
    Promise.resolve({ store, bucket: server.bucket, close: () => Promise.resolve(store.close()) }),
  );
}
