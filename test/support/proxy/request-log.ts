import type { OperationName, Subject } from './operation.ts';

/** How a request ended, as the program sees it. */
export type Outcome =
  /** Not yet. */
  | 'open'
  | 'answered'
  /** The program's connection was ended with an RST, or with a FIN. */
  | 'reset'
  | 'closed'
  /** The server acted and answered, the program was cut off. */
  | 'lost'
  | 'stalled'
  | 'client-gone'
  /** The server broke off, or was not there. No rule does that. */
  | 'target-gone';

/** A line of the log. */
export type ProxiedRequest = {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly atMs: number;
  /** Requests under way when it came, itself included. */
  readonly inFlight: number;
  readonly operation: OperationName;
  readonly method: string;
  /** Still percent-encoded, as is the query. */
  readonly path: string;
  readonly query: string;
  readonly key: string;
  readonly partNumber?: number | undefined;
  readonly range?: string | undefined;
  /** Bytes of the body that came from the program. */
  readonly requestBytes: number;
  /** 0 until the program is answered. */
  readonly status: number;
  /** Bytes of the body that went to the program. */
  readonly answerBytes: number;
  /** The rules that fired, by name or place. */
  readonly fired: readonly string[];
  /** The actions that came to something: one that waits for the 9th byte of 8 is not among them. */
  readonly did: readonly string[];
  readonly outcome: Outcome;
};

/** The line of a request that is under way. */
export type OpenLine = {
  readonly line: ProxiedRequest;
  countUp(bytes: number): void;
  countDown(bytes: number): void;
  answeredWith(status: number): void;
  did(what: string): void;
  /** Ends the request; only the first call counts. */
  end(outcome: Exclude<Outcome, 'open'>): void;
};

/** Sums over all requests. */
export type Stats = {
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Bytes of bodies that came from the program, and that went to it. */
  readonly bytesUp: number;
  readonly bytesDown: number;
};

/** Every request so far. */
export type RequestLog = {
  readonly lines: readonly ProxiedRequest[];
  open(subject: Subject, fired: readonly string[]): OpenLine;
  stats(): Stats;
};

/** Begins a log; `onEnd` gets each line once, when its request has ended. */
export function openLog(now: () => number, onEnd: (line: ProxiedRequest) => void): RequestLog {
  const lines: ProxiedRequest[] = [];
  const sums = { inFlight: 0, peakInFlight: 0, bytesUp: 0, bytesDown: 0 };
  return {
    lines,
    stats: () => ({ ...sums }),
    open({ operation, method, path, query, key, partNumber, range }, fired) {
      sums.inFlight++;
      sums.peakInFlight = Math.max(sums.peakInFlight, sums.inFlight);
      const did: string[] = [];
      const line: { -readonly [Field in keyof ProxiedRequest]: ProxiedRequest[Field] } = {
        number: lines.length + 1,
        atMs: now(),
        inFlight: sums.inFlight,
        operation,
        method,
        path,
        query,
        key,
        partNumber,
        range,
        requestBytes: 0,
        status: 0,
        answerBytes: 0,
        fired,
        did,
        outcome: 'open',
      };
      lines.push(line);
      return {
        line,
        countUp: (bytes) => {
          line.requestBytes += bytes;
          sums.bytesUp += bytes;
        },
        countDown: (bytes) => {
          line.answerBytes += bytes;
          sums.bytesDown += bytes;
        },
        answeredWith: (status) => {
          line.status = status;
        },
        did: (what) => void did.push(what),
        end: (outcome) => {
          if (line.outcome !== 'open') return;
          line.outcome = outcome;
          sums.inFlight--;
          onEnd(line);
        },
      };
    },
  };
}
