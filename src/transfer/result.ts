import { UnprovenError } from './errors.ts';
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

/** For those who want a checksum or an ETag to agree, and nothing less. */
export function unproven(what: string): UnprovenError {
  return new UnprovenError(
    'corrupt',
    `${what}: only its size is known to agree, and --require-checksum wants more`,
    {
      recovery: 'never',
      hint: 'The server offers no checksum and no ETag that could be compared.',
    },
  );
}
