import type { Sums } from './ports.ts';

/** What a machine remembers of a transfer that was begun. */
export type JournalEntry = {
  readonly size: number;
  readonly partSize: number;
  /** put: a digest of all options that shape the object; get: the version of the object. */
  readonly shape: string;
  /** Milliseconds since the epoch, by the local clock. */
  readonly begunAt: number;
  /** put: when the server created the upload, by its own clock in milliseconds, where it said so. */
  readonly createdAt?: number | undefined;
  /** put: the upload's id; get: the partial file. `null`: about to begin, the answer never came. */
  readonly reference: string | null;
};

/** A part as it was acknowledged or written, with the sums of its bytes. */
export type RememberedPart = {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly sums: Sums;
};

/** The page of one transfer in a journal, locked by this process until it is released. */
export interface JournalPage {
  /** What an earlier run left; a damaged page counts as none. */
  readonly entry: JournalEntry | undefined;
  readonly parts: readonly RememberedPart[];
  /** Replaces everything that was remembered. */
  save(entry: JournalEntry): Promise<void>;
  addPart(part: RememberedPart): Promise<void>;
  /** The transfer is over. */
  remove(): Promise<void>;
  release(): Promise<void>;
}

/** Remembers transfers across processes. A hint: the store and the bytes themselves decide. */
export interface Journal {
  /** @throws TransferError `locked` while another process works on the same transfer */
  open(transfer: RememberedTransfer): Promise<JournalPage>;
}

/** By what a transfer is found again. */
export type RememberedTransfer = {
  readonly direction: 'put' | 'get';
  readonly endpoint: string;
  readonly object: string;
  /** The source of a put, the target of a get. */
  readonly local: string;
};
