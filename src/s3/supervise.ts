import { throwIfAborted, type TransferError } from '../transfer/errors.ts';
import type { AnswerRules, Seen } from './check-answer.ts';
import { asTransferError } from './errors.ts';
import type { Session } from './session.ts';
import { watch, type Watchdog, type WatchOptions } from './watchdog.ts';

/** Waiting for an answer this long without a byte is not worth it. */
const ANSWER_LIMIT_MS = 60_000;

export type SuperviseOptions = AnswerRules & {
  readonly signal: AbortSignal;
  /** Milliseconds without a sign of life. */
  readonly limitMs?: number;
  /** A body that comes slower is given up. */
  readonly slowest?: WatchOptions['slowest'];
};

/** A request whose good answer has begun; it is watched until `stop`. */
export type OpenCall<Output> = {
  readonly output: Output;
  readonly seen: Seen;
  /** Something moved, perhaps so many bytes. */
  alive(bytes?: number): void;
  /** This side is busy: nobody waits for the server. */
  pause(): void;
  /** What an error while reading on really means. */
  explain(error: unknown): TransferError;
  stop(): void;
};

/** For bodies to say that they move, that this side holds them back, and that all of them is handed over. */
export type Signs = Pick<Watchdog, 'alive' | 'allow' | 'pause'>;

/** Sends a request once; tells of its answer before it reads on. */
export type SendOnce<Output> = (watchdog: Watchdog, onAnswer: (seen: Seen) => void) => Promise<Output>;

/** One attempt at a request, however it is sent: watched, and its failure named and thought over. */
export async function supervise<Output>(
  session: Pick<Session, 'reconsider'>,
  options: SuperviseOptions,
  send: SendOnce<Output>,
): Promise<OpenCall<Output> & { readonly seen: Seen }> {
  const { what, signal, limitMs = ANSWER_LIMIT_MS, slowest } = options;
  const dog = watch(signal, { what, limitMs, slowest });
  const startedAt = Date.now();
  let seen: Seen | undefined;
  // The watchdog's reason, or the caller's, beats what was made of it on the way.
  const explain = (error: unknown): TransferError =>
    asTransferError(what, error, signal.aborted ? signal : dog.signal, seen !== undefined);
  try {
    throwIfAborted(signal);
    const output = await send(dog, (answer) => {
      seen = answer;
      dog.alive();
    });
    if (!seen) throw new Error('an answer that nobody saw');
    return { output, seen, explain, alive: dog.alive, pause: dog.pause, stop: dog.stop };
  } catch (error) {
    dog.stop();
    throw await session.reconsider(explain(error), seen?.headers ?? {}, startedAt);
  }
}
