import { TransferError } from '../../../src/transfer/errors.ts';

/** The verbs of a store that are requests. */
export type Verb =
  | 'stat'
  | 'partSize'
  | 'read'
  | 'put'
  | 'beginUpload'
  | 'uploadPart'
  | 'listParts'
  | 'completeUpload'
  | 'abortUpload'
  | 'listBuckets'
  | 'listObjects'
  | 'listUploads';

/** One request: `subject` is the number of the part, or the offset of a read. */
export type Request = { readonly verb: Verb; readonly subject: number | undefined };

/** What was asked of a store, and how much of it at once. */
export type Calls = {
  /** Every request, in the order of asking. */
  readonly log: readonly Request[];
  readonly inFlight: number;
  /** The most requests that moved bytes at the same time. */
  readonly peakLanes: number;
  count(verb: Verb): number;
  /** The error of each request of a verb that is over; `undefined` for one that was answered. */
  endings(verb: Verb): readonly unknown[];
  /** Requests by verb and subject: `uploadPart 3` → 2. */
  perSubject(verb: Verb): ReadonlyMap<number, number>;
  /** The same without requests after whose failure everybody waits: those use up no attempt. */
  countedPerSubject(verb: Verb): ReadonlyMap<number, number>;
};

export type CallCounter = Calls & {
  /** Notes a request; the returned function is to be called when it is over, with its error if it failed. */
  begin(request: Request): (error?: unknown) => void;
};

const MOVING: ReadonlySet<Verb> = new Set(['put', 'uploadPart', 'read']);

export function countCalls(): CallCounter {
  const log: Request[] = [];
  const over = new Map<Request, unknown>();
  let inFlight = 0;
  let moving = 0;
  let peakLanes = 0;
  return {
    log,
    get inFlight() {
      return inFlight;
    },
    get peakLanes() {
      return peakLanes;
    },
    count: (verb) => log.filter((request) => request.verb === verb).length,
    perSubject: (verb) => tally(log.filter((request) => request.verb === verb)),
    countedPerSubject: (verb) =>
      tally(log.filter((request) => request.verb === verb && !isWait(over.get(request)))),
    endings: (verb) => [...over].flatMap(([request, error]) => (request.verb === verb ? [error] : [])),
    begin(request) {
      const lane = MOVING.has(request.verb) ? 1 : 0;
      log.push(request);
      inFlight++;
      moving += lane;
      peakLanes = Math.max(peakLanes, moving);
      return (error) => {
        over.set(request, error);
        inFlight--;
        moving -= lane;
      };
    },
  };
}

function tally(requests: readonly Request[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { subject } of requests) {
    if (subject !== undefined) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return counts;
}

function isWait(error: unknown): boolean {
  return error instanceof TransferError && error.recovery === 'wait';
}
