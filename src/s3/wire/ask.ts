import { isGood, readDocument, type Seen } from '../check-answer.ts';
import type { Session } from '../session.ts';
import { type OpenCall, type Signs, supervise, type SuperviseOptions } from '../supervise.ts';
import type { Incoming } from './connection.ts';
import type { Wire, WireRequest } from './wire.ts';

/** Makes the request of one attempt. */
export type MakeRequest = (signs: Signs) => WireRequest;

/** What an answer is made of: its document, or the body that is streamed. */
export type Answered = { readonly text: string; readonly body: Body };

/** Sends one request once, and checks what came back before anybody believes it. */
export async function open(
  wire: Wire,
  session: Session,
  make: MakeRequest,
  given: SuperviseOptions,
): Promise<OpenCall<Answered>> {
  const options = { mask: session.mask, ...given };
  return await supervise(session, options, async (dog, onAnswer) => {
    const incoming = await wire.send(make(dog), dog.signal);
    const body = bodyOf(incoming);
    const seen = { status: incoming.status, headers: incoming.headers };
    onAnswer(seen);
    try {
      if (isGood(seen) && options.streams) return { text: '', body };
      return { text: await readDocument(seen, body, options), body };
    } catch (error) {
      body.destroy();
      throw error;
    }
  });
}

/** The same for an answer that is a document or nothing. */
export async function ask<Result>(
  wire: Wire,
  session: Session,
  make: MakeRequest,
  options: SuperviseOptions,
  resultOf: (text: string, seen: Seen) => Result,
): Promise<Result> {
  const { output, seen, stop } = await open(wire, session, make, options);
  stop();
  return resultOf(output.text, seen);
}

type Body = AsyncIterable<Uint8Array> & { destroy(): void };

/** Leaving the loop early, or never beginning it, takes the connection along. */
function bodyOf(incoming: Incoming): Body {
  const done = { done: true, value: undefined } as const;
  const release = (): typeof done => {
    incoming.release();
    return done;
  };
  return {
    destroy: incoming.release,
    [Symbol.asyncIterator]: () => ({
      async next() {
        const value = await incoming.next();
        return value ? { done: false, value } : release();
      },
      return: () => Promise.resolve(release()),
    }),
  };
}
