import type { Skipped } from '../servers/server.ts';

/** Programs are compared only within a class: hashing every payload by SHA-256 costs more than all the rest. */
export const PAYLOADS = ['http signed', 'http unsigned', 'https'] as const;
export type Payload = (typeof PAYLOADS)[number];

/** Requests to read have no payload: of plain http there is one class, in which everybody takes part. */
export function readingPayloads(payloads: readonly Payload[]): readonly Payload[] {
  const isPlain = payloads.some((payload) => payload !== 'https');
  return [...(isPlain ? (['http signed'] as const) : []), ...payloads.filter((one) => one === 'https')];
}

/** What a program has to do. Files and folders are local paths; `prefix` ends in a slash. */
export type Job =
  | { readonly kind: 'put'; readonly path: string; readonly bytes: number; readonly key: string }
  | { readonly kind: 'get'; readonly key: string; readonly bytes: number; readonly path: string }
  | {
      readonly kind: 'put-many';
      readonly folder: string;
      readonly count: number;
      readonly fileBytes: number;
      readonly prefix: string;
    }
  | { readonly kind: 'get-many'; readonly prefix: string; readonly count: number; readonly folder: string }
  | { readonly kind: 'ls'; readonly bucket: string; readonly keys: number }
  | { readonly kind: 'version' };

/** How it has to do it: the same for all. */
export type Setting = {
  readonly endpoint: string;
  readonly payload: Payload;
  /** The certificate to trust, with https. */
  readonly caFile: string | undefined;
  /** An empty folder for what programs keep in a home. */
  readonly home: string;
  readonly partBytes: number;
  /** Parts or files at a time; `undefined`: what the program does by itself. */
  readonly lanes: number | undefined;
};

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  /** Beside what all get: PATH, HOME, keys and region. */
  readonly env?: Readonly<Record<string, string>>;
};

/** A program that can be had here. */
export type Contestant = {
  readonly name: string;
  readonly version: string;
  /** `undefined`: it cannot do this, or not in this class. */
  command(job: Job, setting: Setting): Command | undefined;
};

/** A program that may be had here. */
export type Peer = { readonly name: string; find(): Promise<Contestant | Skipped> };

/** The keys all programs sign with; the server does not look at them. */
export const ACCESS_KEY = 'bench-access-key';
export const SECRET_KEY = 'bench-secret-key';

/** The buckets of the bench's server. */
export const BUCKETS = { sink: 'sink', source: 'source', keys: 'keys', empty: 'empty' } as const;
