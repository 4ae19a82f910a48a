import type { Store } from '../transfer/ports.ts';
import type { Caller } from './call.ts';
import type { Capabilities } from './capabilities.ts';
import { listBuckets } from './list-buckets.ts';
import { listObjects } from './list-objects.ts';
import { listParts } from './list-parts.ts';
import { listUploads } from './list-uploads.ts';
import { listVersions } from './list-versions.ts';
import { pagesBySdk } from './sdk-pages.ts';

type Listings = Pick<Store, 'listBuckets' | 'listObjects' | 'listVersions' | 'listUploads' | 'listParts'>;

/**
 * Our own paging: the SDK's follows markers without looking whether the page says it was the last, and loops
 * for ever where a server repeats them.
 */
export function createListings(
  caller: Caller,
  capabilities: Pick<Capabilities, 'listing' | 'listByV1'>,
  describe: Store['describe'],
  sealed: object,
): Listings {
  const ask = pagesBySdk(caller);
  return {
    listBuckets: (options) => listBuckets(caller, options),
    listObjects: (bucket, prefix, options) => listObjects({ ask, capabilities }, bucket, prefix, options),
    listVersions: (bucket, prefix, options) => listVersions(caller, bucket, prefix, options),
    listUploads: (bucket, prefix, options) => listUploads(caller, bucket, prefix, options),
    listParts: (upload, options) => listParts(caller, describe, sealed, upload, options),
  };
}
