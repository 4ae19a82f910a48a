import type { Cancellable } from './ports.ts';

/** The verbs a cut stream is stored with; each is called by the cutter, none is called again after it failed. */
export type CutVerbs = {
  /** The stream turned out to fit one part: stored by one request. */
  put(bytes: Uint8Array): Promise<void>;
  begin(): Promise<void>;
  part(number: number, bytes: Uint8Array): Promise<{ etag: string }>;
  complete(): Promise<void>;
};

/**
 * Cuts a stream into parts of exactly `partSize` (the last may be shorter), hands at most `lanes` of them out
 * at a time, and calls `complete` after the last. Settles only when no verb is running any more.
 */
export type CutStream = (
  stream: AsyncIterable<Uint8Array>,
  options: Cancellable & { readonly partSize: number; readonly lanes: number },
  verbs: CutVerbs,
) => Promise<void>;
