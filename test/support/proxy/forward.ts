import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Answer } from './answer.ts';
import { BreakOff, pause } from './break-off.ts';
import type { Exchange } from './exchange.ts';
import { flatten, type HeaderLines, pairUp, spoilHeaders, valueOf, withoutHops } from './head.ts';
import { actionsOf } from './rule.ts';
import { sendSignalsAt } from './send-signal.ts';
import { type Body, spoilBody } from './spoil-body.ts';
import { finish, writePiece } from './write-body.ts';

/** Forwards the request with the faults of this direction; resolves with the beginning of the server's answer. */
export async function forward(exchange: Exchange): Promise<Answer> {
  const { incoming, response, actions, gone } = exchange;
  const body = await openBody(exchange);
  const outgoing = openRequest(exchange);
  outgoing.on('continue', () => response.writeContinue());
  let isAnswered = false;
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', (answer) => {
      isAnswered = true;
      resolve(answer);
    });
    outgoing.on('error', (cause) => reject(new BreakOff('target-gone', { cause })));
  });
  answered.catch(() => {});
  const pumped = pump(spoilBody(body, 'up', actions, exchange), outgoing).then(() =>
    sendSignalsAt('request-complete', actions, exchange),
  );
  // What the server has only half of it shall not take for whole.
  pumped.catch(() => isAnswered || outgoing.destroy());

  // The answer must not reach the program before a signal that comes before it.
  const isSignalled = actionsOf(actions, 'signal').some(({ at }) => at.startsWith('request-'));
  if (isSignalled) await pumped;
  const answer = await Promise.race([answered, pumped.then(() => answered)]);
  if (gone.aborted) {
    // The server has done its work; of a download nobody wants the rest.
    if (incoming.method === 'GET') answer.destroy();
    else answer.resume();
    throw new BreakOff('client-gone');
  }
  return {
    head: {
      status: answer.statusCode ?? 0,
      message: answer.statusMessage ?? '',
      headers: withoutOwnHops(pairUp(answer.rawHeaders)),
    },
    body: readBody(answer, 'target-gone', () => {}),
    // Whole but unread, it would keep the connection busy.
    dispose: () => void (answer.complete ? answer.resume() : answer.destroy()),
  };
}

/** The body as it comes; or all of it, read before a delay, when the program need not be there any more. */
async function openBody({ incoming, response, awaitsContinue, ...exchange }: Exchange): Promise<Body> {
  const { actions, line, closing } = exchange;
  const body = readBody(incoming, 'client-gone', (bytes) => line.countUp(bytes));
  const delays = actionsOf(actions, 'delay').filter(({ readBodyFirst }) => readBodyFirst === true);
  if (delays.length === 0) return body;
  if (awaitsContinue) response.writeContinue();
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  for (const { ms } of delays) {
    await pause(ms, closing);
    line.did('delay');
  }
  return (async function* () {
    yield* pieces;
  })();
}

function openRequest({ incoming, target, agent, actions, line }: Exchange): ClientRequest {
  const headers = spoilHeaders(pairUp(incoming.rawHeaders), 'up', actions, line);
  const outgoing = request({
    host: target.hostname,
    port: target.port,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: flatten(withLength(headers, incoming.method)),
    // The program's own Host is signed.
    setHost: false,
    agent,
    maxHeaderSize: 64 * 1024,
  });
  outgoing.flushHeaders();
  return outgoing;
}

// Node would send a body of unknown length where nothing is said of one.
function withLength(headers: HeaderLines, method: string | undefined): HeaderLines {
  const coding = valueOf(headers, 'transfer-encoding');
  const lines = withoutHops(headers);
  if (coding !== undefined) return [...lines, ['Transfer-Encoding', coding]];
  const isBare = valueOf(headers, 'content-length') === undefined && (method === 'POST' || method === 'PUT');
  return isBare ? [...lines, ['Content-Length', '0']] : lines;
}

// A server that is about to close says so, and the program must hear it or meet the closing.
function withoutOwnHops(headers: HeaderLines): HeaderLines {
  const isLast = valueOf(headers, 'connection')?.toLowerCase() === 'close';
  const lines = withoutHops(headers);
  return isLast ? [...lines, ['Connection', 'close']] : lines;
}

async function pump(body: Body, outgoing: ClientRequest): Promise<void> {
  // To a server that has gone nothing is written, but the program gets rid of its body.
  for await (const piece of body) await writePiece(outgoing, piece);
  await finish(outgoing);
}

/** The bytes of a message; breaking off does not close the connection, which may have more to say. */
export async function* readBody(
  message: IncomingMessage,
  broken: BreakOff['how'],
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const piece of message.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(piece)) throw new TypeError('a body that is not of bytes');
      onBytes(piece.byteLength);
      yield piece;
    }
  } catch (cause) {
    throw cause instanceof BreakOff ? cause : new BreakOff(broken, { cause });
  }
}
