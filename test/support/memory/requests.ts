import { interruption, throwIfAborted } from '../../../src/transfer/errors.ts';
import type { Clock } from '../../../src/transfer/ports.ts';
import type { CallCounter, Request } from './calls.ts';
import { type FaultKind, failureOf, type FaultScript } from './faults.ts';

/** The network between an engine and a store in memory. */
export type Network = {
  readonly calls: CallCounter;
  readonly faults: FaultScript;
  readonly clock: Clock;
  /** Milliseconds of virtual time one way takes. */
  readonly latencyMs: () => number;
  /** What others do at the server just before a request is carried out. */
  readonly meanwhile?: ((about: Request) => void) | undefined;
};

/**
 * One request: there, carried out, and back. An interruption on the way there means it never happened, one on
 * the way back that nobody will know.
 */
export async function request<T>(
  { calls, faults, clock, latencyMs, meanwhile }: Network,
  about: Request,
  signal: AbortSignal,
  carryOut: (fault: FaultKind | undefined) => T | Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const over = calls.begin(about);
  const what = about.subject === undefined ? about.verb : `${about.verb} ${about.subject}`;
  let failure: unknown;
  try {
    const fault = faults.next(about);
    if (fault === 'silent') await untilAborted(signal);
    await clock.sleep(latencyMs(), { signal });
    const refusal = fault && failureOf(fault, false, what);
    if (refusal) throw refusal;
    meanwhile?.(about);
    const answer = await carryOut(fault);
    await clock.sleep(latencyMs(), { signal });
    const lost = fault && failureOf(fault, true, what);
    if (lost) throw lost;
    return answer;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    over(failure);
  }
}

/** No answer comes until somebody loses patience. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(interruption(signal)), { once: true });
  });
}
