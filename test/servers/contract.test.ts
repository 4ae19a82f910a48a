import { describe } from 'vitest';
import { openStore } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import { describeStore, type OpenedStore } from '../contract/store-contract.ts';
import { startServer } from './start-server.ts';

const server = await startServer('versitygw');
const skipped = 'skipped' in server ? ` (skipped: ${server.skipped})` : '';

/** The S3 adapter over a server that others wrote. */
function open(): Promise<OpenedStore> {
  if ('skipped' in server) throw new Error('there is no server');
  const env = { ACCESS_KEY_ID: server.accessKeyId, SECRET_KEY: server.secretAccessKey };
  const store = openStore(resolveConnection({ endpointUrl: server.endpoint }, env, new Map()));
  const close = async (): Promise<void> => {
    store.close();
    await server.stop();
  };
  return Promise.resolve({ store, bucket: server.bucket, close });
}

describe.skipIf(skipped)(`the contract${skipped}`, () => {
  describeStore('versitygw', open);
});
