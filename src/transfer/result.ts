import type { Direction } from './events.ts';
import type { Verified } from './ports.ts';

/** What a finished transfer did. */
export type TransferResult = {
  readonly direction: Direction;
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  readonly parts: number;
  readonly resumedParts: number;
  readonly resumedBytes: number;
  /** Attempts at parts that failed and were repeated. */
  readonly retries: number;
  readonly elapsedMs: number;
  readonly etag: string | null;
  readonly versionId: string | null;
  /** `null` where one request did it all. */
  readonly uploadId: string | null;
  readonly verified: Verified;
};

/** Nothing but the size is known to agree. */
export const sizeOnly: Verified = { by: 'size', algorithm: null, value: null };
