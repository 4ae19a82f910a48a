import type { ErrorKind } from './errors.ts';
import type { Verified } from './ports.ts';

export type Direction = 'put' | 'get';

type AboutTransfer =
  | {
      readonly type: 'transfer.planned';
      readonly direction: Direction;
      readonly from: string;
      readonly to: string;
      /** In bytes; `null` for a stream of unknown length. */
      readonly size: number | null;
      readonly partSize: number;
      /** `null` for a stream of unknown length. */
      readonly parts: number | null;
      readonly resumedParts: number;
      readonly resumedBytes: number;
      /** Why an upload that was begun before is not taken up; `null` when there was none, or it is. */
      readonly notResumedBecause?: string | null;
    }
  /** From here on the server holds parts that cost money until `upload.over`. */
  | { readonly type: 'upload.begun'; readonly uploadId: string }
  /**
   * The answer to a request that begins an upload was lost: this one may be what came of it. `null`: there may be
   * one, and nobody could find out.
   */
  | {
      readonly type: 'upload.orphaned';
      readonly bucket: string;
      readonly key: string;
      readonly uploadId: string | null;
    }
  /** Completed, aborted, or gone. */
  | { readonly type: 'upload.over'; readonly uploadId: string }
  | { readonly type: 'part.started'; readonly part: number; readonly size: number; readonly attempt: number }
  /** Handed over so far within this attempt: absolute, so a retry needs no negative step. */
  | { readonly type: 'part.progress'; readonly part: number; readonly bytes: number }
  | {
      readonly type: 'part.retrying';
      readonly part: number;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly delayMs: number;
      readonly kind: ErrorKind;
      readonly reason: string;
    }
  /** One of the last parts is late: a second attempt runs beside the first from now on. */
  | { readonly type: 'part.hedged'; readonly part: number; readonly afterMs: number }
  /** Acknowledged by the other side. */
  | { readonly type: 'part.done'; readonly part: number; readonly bytes: number }
  | { readonly type: 'transfer.completing' }
  | {
      readonly type: 'transfer.done';
      readonly bytes: number;
      readonly elapsedMs: number;
      readonly etag: string | null;
      readonly verified: Verified;
    }
  | { readonly type: 'transfer.stopped'; readonly kind: ErrorKind; readonly reason: string };

type AboutRun =
  | { readonly type: 'pace.changed'; readonly lanes: number; readonly because: string }
  /** Every lane waits for an endpoint that is away. */
  | { readonly type: 'endpoint.away'; readonly delayMs: number; readonly reason: string }
  | { readonly type: 'endpoint.back'; readonly awayMs: number };

/** What the engine says: plain data, safe to print as one JSON line. `transfer` tells files of one run apart. */
export type TransferEvent = (AboutTransfer & { readonly transfer: string }) | AboutRun;

/** Called synchronously, in order, for every event; must not throw. */
export type Emit = (event: TransferEvent) => void;
