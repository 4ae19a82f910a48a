import type { Answer } from './answer.ts';
import type { Authorisation } from './authorisation.ts';
import type { BlobStore } from './blobs.ts';
import type { Bucket } from './buckets.ts';
import type { Clock } from './clock.ts';
import type { S3Request } from './request.ts';
import type { Ways } from './ways.ts';

/** The server's belongings, the same for every request. */
export interface Surroundings {
  readonly buckets: Map<string, Bucket>;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly ways: Ways;
  /** The smallest part that may be followed by another. */
  readonly smallestPartBytes: number;
}

/** One request and all it takes to answer it. */
export interface Exchange extends Surroundings {
  readonly request: S3Request;
  readonly authorisation: Authorisation;
}

/** Carries out one verb of S3. */
export type Operation = (exchange: Exchange) => Answer | Promise<Answer>;
