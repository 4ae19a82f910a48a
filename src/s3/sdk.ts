import type { Store } from '../transfer/ports.ts';
import { type ClientOptions, createClient } from './client.ts';
import type { Connection } from './connection.ts';
import { addFixedHeaders, type FixedHeaders } from './fixed-headers.ts';
import type { WithLifecycle } from './lifecycle.ts';
import type { AskPage } from './object-page.ts';
import { pagesBySdk } from './sdk-pages.ts';
import { createSdkStore } from './sdk-store.ts';
import type { Session } from './session.ts';
import type { StoreSettings } from './store-settings.ts';

export type SdkOptions = StoreSettings & ClientOptions & FixedHeaders;

/** A store that is closed in the end, and can be asked for single pages of a listing. */
export type OpenSdkStore = Store & WithLifecycle & { readonly askPage: AskPage; close(): void };

/** A store through the SDK, with a client of its own. This module is the door to the SDK: it is loaded on demand. */
export function openSdkStore(connection: Connection, session: Session, options: SdkOptions): OpenSdkStore {
  const client = createClient(connection, session, options);
  addFixedHeaders(client, options);
  const caller = { client, reconsider: session.reconsider, mask: session.mask };
  const store = createSdkStore({ ...options, caller });
  return Object.assign(store, { askPage: pagesBySdk(caller), close: () => client.destroy() });
}
