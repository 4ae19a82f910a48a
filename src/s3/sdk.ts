import type { Store } from '../transfer/ports.ts';
import { type ClientOptions, createClient } from './client.ts';
import type { Connection } from './connection.ts';
import { addFixedHeaders, type FixedHeaders } from './fixed-headers.ts';
import type { WithLifecycle } from './lifecycle.ts';
import { createSdkStore } from './sdk-store.ts';
import type { Session } from './session.ts';
import type { StoreSettings } from './store-settings.ts';

export type SdkOptions = StoreSettings & ClientOptions & FixedHeaders;

/** A store through the SDK, with a client of its own. This module is the door to the SDK: it is loaded on demand. */
export function openSdkStore(
  connection: Connection,
  session: Session,
  options: SdkOptions,
): Store & WithLifecycle & { close(): void } {
  const client = createClient(connection, session, options);
  addFixedHeaders(client, options);
  const store = createSdkStore({ ...options, caller: { client, reconsider: session.reconsider } });
  return Object.assign(store, { close: () => client.destroy() });
}
