import { TransferError } from '../../../src/transfer/errors.ts';
import type { Request, Verb } from './calls.ts';

/** What can go wrong with one request. */
export type FaultKind =
  /** Refused before anything happened; everybody waits. */
  | 'network-away'
  /** Broken off half way; nothing was stored. */
  | 'network-again'
  | 'throttled'
  /** 500; nothing was stored. */
  | 'server'
  /** It worked, but the connection was cut before a byte of the answer. */
  | 'lost-reply'
  /** It worked, but the answer was 500. */
  | 'lost-in-server'
  /** A byte is another one: in the store after a write, on the way for a read. */
  | 'corrupt-stored'
  /** An answer that ends early and calls it a success. */
  | 'short'
  /** An answer with more bytes than were asked for. */
  | 'long'
  | 'denied'
  | 'unsupported'
  /** NoSuchUpload, NoSuchKey. */
  | 'not-found'
  | 'precondition'
  /** Says yes and does nothing. */
  | 'ignored'
  /** No answer until somebody loses patience. */
  | 'silent';

/** Fails the `nth` matching request (from 1); every one of them where `nth` is left out. */
export type Fault = {
  readonly op: Verb;
  /** Only requests about this part; for a read, this offset. */
  readonly part?: number | undefined;
  readonly nth?: number | undefined;
  readonly kind: FaultKind;
};

export type FaultScript = { next(request: Request): FaultKind | undefined };

/** Plays a list of faults; the first that matches a request is the one. */
export function scriptFaults(faults: readonly Fault[]): FaultScript {
  const lines = faults.map((fault) => ({ fault, seen: 0 }));
  return {
    next({ verb, subject }) {
      let found: FaultKind | undefined;
      for (const line of lines) {
        const { op, part, nth, kind } = line.fault;
        if (op !== verb || (part !== undefined && part !== subject)) continue;
        line.seen++;
        if (nth === undefined || nth === line.seen) found ??= kind;
      }
      return found;
    },
  };
}

/** The error a request ends with, before or after it was carried out; `undefined` for none. */
export function failureOf(kind: FaultKind, carriedOut: boolean, what: string): TransferError | undefined {
  if (carriedOut) {
    if (kind === 'lost-reply') return new TransferError('network', `${what}: cut`, { recovery: 'wait' });
    return kind === 'lost-in-server'
      ? new TransferError('server', `${what}: 500`, { status: 500 })
      : undefined;
  }
  switch (kind) {
    case 'network-away':
      return new TransferError('network', `${what}: refused`, { recovery: 'wait' });
    case 'network-again':
      return new TransferError('network', `${what}: broken off`, { recovery: 'again' });
    case 'throttled':
      return new TransferError('throttled', `${what}: 503`, { status: 503, code: 'SlowDown' });
    case 'server':
      return new TransferError('server', `${what}: 500`, { status: 500 });
    case 'denied':
      return new TransferError('denied', `${what}: 403`, { status: 403, code: 'AccessDenied' });
    case 'unsupported':
      return new TransferError('unsupported', `${what}: 501`, { status: 501, code: 'NotImplemented' });
    case 'precondition':
      return new TransferError('precondition', `${what}: 412`, { status: 412 });
    case 'not-found':
      return new TransferError('not-found', `${what}: 404`, { status: 404, code: 'NoSuchUpload' });
    case 'lost-reply':
    case 'lost-in-server':
    case 'corrupt-stored':
    case 'short':
    case 'long':
    case 'ignored':
    case 'silent':
      return undefined;
  }
}
