import type { OperationName } from './operation.ts';

/** `up`: from the program to the server; `down`: back. */
export type Direction = 'up' | 'down';

/** Which requests a rule is about; all that is said must hold. `{}` is every request. */
export type Match = {
  readonly operation?: OperationName | undefined;
  readonly method?: string | undefined;
  /** Part of the path as sent, still percent-encoded. */
  readonly pathContains?: string | undefined;
  /** The whole key, decoded. */
  readonly key?: string | undefined;
  /** Parameters and their decoded values; `true` for any value. */
  readonly query?: Readonly<Record<string, string | true>> | undefined;
  readonly partNumber?: number | undefined;
  /** The first byte of a ranged read. */
  readonly rangeStart?: number | undefined;
  /** Which of the matching requests, from 1; `[from, to]` both included. @default 'every' */
  readonly nth?: number | readonly [number, number] | 'every' | undefined;
  /** Count `nth` for all requests together, or for each distinct method, path, query and range. @default 'rule' */
  readonly per?: 'rule' | 'request-identity' | undefined;
  /** How likely the rule fires; drawn from the seed and the request, not from the order of arrival. @default 1 */
  readonly probability?: number | undefined;
};

/** A step of an exchange at which a signal can be sent. */
export type Step =
  /** Nothing is forwarded yet. */
  | 'request-headers'
  /** So many bytes of the body are forwarded. */
  | `request-body-bytes:${number}`
  /** All of it is forwarded; the server acts. */
  | 'request-complete'
  /** The server has answered; the program has not seen any of it. */
  | 'answer-received'
  | 'answer-sent';

/** Breaks off after so many bytes of a body; after 0, before anything passes, heads included. */
type Cut = { readonly direction: Direction; readonly afterBytes: number };

/** What is done to an exchange. Several happen in the order of the exchange, however they are listed. */
export type Action =
  /** Answers in the server's place. Without `drain` the answer comes before the body is read. */
  | {
      readonly action: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly body?: string | undefined;
      readonly drain?: boolean | undefined;
      readonly thenClose?: boolean | undefined;
    }
  /** `readBodyFirst`: keeps the body in memory and forwards it in the end, even for a program that has gone. */
  | {
      readonly action: 'delay';
      readonly ms: number;
      readonly when: 'before-forward' | 'before-answer';
      readonly readBodyFirst?: boolean | undefined;
    }
  | { readonly action: 'throttle'; readonly direction: Direction; readonly bytesPerSecond: number }
  /** Neither reads nor writes any more, until the program goes away. */
  | ({ readonly action: 'stall' } & Cut)
  /** Ends the program's connection with an RST. */
  | ({ readonly action: 'reset' } & Cut)
  /** Ends the program's connection with a FIN. */
  | ({ readonly action: 'close' } & Cut)
  /** Leaves `bytes` of the answer's body; closes the connection there unless the length is made to fit. */
  | { readonly action: 'truncate'; readonly bytes: number; readonly fixContentLength: boolean }
  /** Flips a bit of one byte of the body. */
  | { readonly action: 'flip'; readonly direction: Direction; readonly atByte: number }
  /** The server acts and answers; the program hears nothing of it. */
  | { readonly action: 'lose-reply'; readonly how: 'reset' | 'close' }
  /** The server acts; its answer is changed where something is said. */
  | {
      readonly action: 'replace-answer';
      readonly status?: number | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly body?: string | undefined;
    }
  | {
      readonly action: 'set-headers';
      readonly direction: Direction;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly action: 'remove-headers'; readonly direction: Direction; readonly names: readonly string[] }
  /** Moves the `Date` of the answer. */
  | { readonly action: 'date-offset'; readonly seconds: number }
  /** Sends a signal; with `hold` the exchange stays at that step until the process is gone, and goes no further. */
  | {
      readonly action: 'signal';
      readonly at: Step;
      readonly signal: string;
      readonly pid?: number | undefined;
      /** Read when the step is reached; waited for if it is not there yet. */
      readonly pidFile?: string | undefined;
      readonly hold?: boolean | undefined;
      /** Lets so much time pass between the step and the signal. @default 0 */
      readonly afterMs?: number | undefined;
    }
  /** Resets every connection and refuses new ones for a while. */
  | { readonly action: 'down'; readonly forMs: number }
  /** One of these, drawn from the seed and the request. */
  | { readonly action: 'one-of'; readonly of: readonly Action[] };

/** A fault: which requests, how often, and what happens to them. Every rule that matches fires. */
export type Rule = {
  /** What the log calls it. @default its place, `#0` */
  readonly name?: string | undefined;
  readonly match: Match;
  /** How often it may fire in all. @default without end */
  readonly times?: number | undefined;
  readonly do: Action | readonly Action[];
};

export type ActionName = Action['action'];
export type ActionOf<Name extends ActionName> = Extract<Action, { readonly action: Name }>;

/** The actions of one kind. */
export function actionsOf<Name extends ActionName>(
  actions: readonly Action[],
  name: Name,
): readonly ActionOf<Name>[] {
  return actions.filter((action): action is ActionOf<Name> => action.action === name);
}
