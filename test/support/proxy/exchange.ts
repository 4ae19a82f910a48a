import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import type { OpenLine } from './request-log.ts';
import type { Action } from './rule.ts';

/** One request and its answer, and what is to happen to them. */
export type Exchange = {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** The program holds its body back until it is told to go on. */
  readonly awaitsContinue: boolean;
  readonly actions: readonly Action[];
  readonly line: OpenLine;
  /** Aborted when the program goes away. */
  readonly gone: AbortSignal;
  /** Aborted when the proxy closes. */
  readonly closing: AbortSignal;
  readonly target: URL;
  /** Keeps the connection to the server that belongs to this connection of the program. */
  readonly agent: Agent;
  /** Refuses connections, old and new, for a while. */
  takeDown(forMs: number): void;
};
