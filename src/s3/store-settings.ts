import type { PartBody } from '../transfer/ports.ts';
import { isCombinable } from '../transfer/combine.ts';
import type { Capabilities } from './capabilities.ts';
import type { HeaderAlgorithm } from './object-info.ts';

/** What both ways of talking to a server hold to. */
export type StoreSettings = {
  /** Names the server in what is remembered of it. */
  readonly endpoint: string;
  /** What of these settings shapes the objects that are made. */
  readonly shape: string;
  /** Encrypts every object at the server (SSE-C), which does not keep it. */
  readonly customerKey: Uint8Array | undefined;
  readonly capabilities: Capabilities;
  /** Plain http off this machine: every payload is signed by its SHA-256. */
  readonly signsPayload: boolean;
  /** Milliseconds without a byte before a body counts as stalled. */
  readonly readTimeoutMs: number;
  /** Whether the service makes one checksum of the whole object of those of its parts. */
  readonly combinesParts: boolean;
};

/**
 * Whether a service does so: SHA sums cannot be combined, CRC64NVME exists in no other form
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html), and R2 does not for CRC32.
 */
export function combinesParts(algorithm: HeaderAlgorithm, fullObjectCrc32: boolean): boolean {
  return algorithm === 'crc64nvme' || (isCombinable(algorithm) && fullObjectCrc32);
}

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** What is signed in the place of a body; `undefined` where its sum is not known. */
export function payloadHashOf(
  { signsPayload }: Pick<StoreSettings, 'signsPayload'>,
  { sums }: Pick<PartBody, 'sums'>,
): string | undefined {
  return signsPayload ? sums.sha256 : UNSIGNED_PAYLOAD;
}
