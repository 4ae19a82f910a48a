import type { PartBody } from '../transfer/ports.ts';
import type { Capabilities } from './capabilities.ts';

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
};

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** What is signed in the place of a body; `undefined` where its sum is not known. */
export function payloadHashOf(
  { signsPayload }: Pick<StoreSettings, 'signsPayload'>,
  { sums }: Pick<PartBody, 'sums'>,
): string | undefined {
  return signsPayload ? sums.sha256 : UNSIGNED_PAYLOAD;
}
