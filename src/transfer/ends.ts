import type { FileAttributes } from './file-attributes.ts';
import type { Algorithm, Cancellable, Range, Sums } from './ports.ts';

/** Bytes of a known size that can be read again from any offset. Whoever opened it closes it. */
export interface Source {
  readonly name: string;
  /** What finds this source again in another process; without it nothing is remembered of it. */
  readonly identity?: (() => Promise<string>) | undefined;
  readonly size: number;
  /**
   * Fills `into` with the bytes from `start`. Called in parallel and again for a retry.
   * @throws TransferError `changed` when the source ends early, `disk` when reading fails
   */
  read(start: number, into: Uint8Array, options: Cancellable): Promise<void>;
  /** The same, summed on the way; only where that costs less than to sum afterwards. */
  readonly readSummed?: (
    start: number,
    into: Uint8Array,
    algorithms: readonly Algorithm[],
    options: Cancellable,
  ) => Promise<Sums>;
  /** Whether the source is still the one that was opened; asked once, before the object is completed. */
  isSame(): Promise<boolean>;
  close(): Promise<void>;
}

/** Bytes of unknown length that come once, in order. */
export type StreamSource = { readonly name: string; readonly stream: AsyncIterable<Uint8Array> };

/** Where fetched bytes go. Exactly one of `commit` and `discard` ends it. */
export interface Sink {
  readonly name: string;
  /** `any`: takes writes at any offset, several at once. `in-order`: takes one write after the other, from offset 0. */
  readonly order: 'any' | 'in-order';
  /** Called once before the first write, with the size of what will come. */
  open(size: number): Promise<void>;
  /** The bytes may be reused once the promise settles. */
  write(offset: number, bytes: Uint8Array, options: Cancellable): Promise<void>;
  /** The written bytes again, in order, all of them or those of a range; only for `any`. */
  reread(options: Cancellable & { readonly range?: Range | undefined }): AsyncIterable<Uint8Array>;
  /** Makes the bytes visible under their name, whole and durable; a file is given the attributes that are known. */
  commit(attributes?: FileAttributes): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
  /** Only where bytes can be kept for a later run. */
  readonly partials?: Partials | undefined;
}

/** What a sink needs so that a later run can go on where this one was interrupted. */
export interface Partials {
  /** What finds this target again in another process. */
  readonly identity: string;
  /** Instead of `open`: takes what an earlier run kept under this name; `false` when it cannot be used. */
  reopen(partial: string, size: number): Promise<boolean>;
  /** Removes what an earlier run kept. */
  forget(partial: string): Promise<void>;
  /** Under which name the bytes are gathered now. */
  name(): string;
  /** Instead of `discard`: leaves the bytes there. */
  keep(): Promise<void>;
}
