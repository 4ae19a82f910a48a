import type { Store } from '../transfer/ports.ts';
import type { Caller } from './caller.ts';
import { listBuckets, listObjects } from './list-objects.ts';
import { listParts } from './list-parts.ts';
import { listUploads } from './list-uploads.ts';

type Listings = Pick<Store, 'listBuckets' | 'listObjects' | 'listUploads' | 'listParts'>;

/**
 * Our own paging: the SDK's follows markers without looking whether the page says it was the last, and loops
 * for ever where a server repeats them.
 */
export function createListings(caller: Caller, describe: Store['describe'], sealed: object): Listings {
  return {
    listBuckets: (options) => listBuckets(caller, options),
    listObjects: (bucket, prefix, options) => listObjects(caller, bucket, prefix, options),
    listUploads: (bucket, prefix, options) => listUploads(caller, bucket, prefix, options),
    listParts: (upload, options) => listParts(caller, describe, sealed, upload, options),
  };
}
