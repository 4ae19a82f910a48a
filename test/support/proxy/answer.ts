import { STATUS_CODES } from 'node:http';
import { BreakOff } from './break-off.ts';
import type { Exchange } from './exchange.ts';
import { flatten, type Head, spoilHeaders, valueOf, withHeaders, without } from './head.ts';
import { type ActionOf, actionsOf } from './rule.ts';
import { type Body, spoilBody, spoilStart } from './spoil-body.ts';
import { finish, writePiece } from './write-body.ts';

/** What goes back to the program. */
export type Answer = {
  readonly head: Head;
  readonly body: Body;
  /** Lets go of what is not read. */
  dispose(): void;
};

/** The answer of a rule. */
export function ownAnswer({ status, headers = {}, body = '', thenClose }: ActionOf<'answer'>): Answer {
  const standard = { Date: new Date().toUTCString(), ...lengthOf(status, body) };
  const lines = withHeaders(Object.entries(standard), headers);
  return {
    head: {
      status,
      message: STATUS_CODES[status] ?? '',
      headers: thenClose === true ? withHeaders(lines, { Connection: 'close' }) : lines,
    },
    body: bodyOf(body),
    dispose: () => {},
  };
}

/** Changes the server's answer where the action says something. */
export async function replaceAnswer(answer: Answer, action: ActionOf<'replace-answer'>): Promise<Answer> {
  const { status = answer.head.status, headers = {}, body } = action;
  const message = STATUS_CODES[status] ?? '';
  if (body === undefined) {
    return { ...answer, head: { status, message, headers: withHeaders(answer.head.headers, headers) } };
  }
  await drain(answer.body);
  const kept = without(answer.head.headers, ['content-length', 'content-encoding']);
  return {
    ...answer,
    head: { status, message, headers: withHeaders(kept, { ...lengthOf(status, body), ...headers }) },
    body: bodyOf(body),
  };
}

/** Reads a body to its end. */
export async function drain(body: Body): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}

/** Sends an answer, with the faults of this direction. */
export async function sendAnswer(answer: Answer, exchange: Exchange): Promise<void> {
  const { response, actions, line } = exchange;
  const { status, message } = answer.head;
  const headers = fitLength(spoilHeaders(answer.head.headers, 'down', actions, line), actions);
  await spoilStart('down', actions, exchange);
  response.sendDate = false;
  line.answeredWith(status);
  const hasBody = exchange.incoming.method !== 'HEAD' && status !== 204 && status !== 304;
  const length = hasBody ? Number(valueOf(headers, 'content-length') ?? Number.NaN) : 0;
  // The log is true before the program can know: a test that sees the answer sees the line.
  if (length === 0) line.end('answered');
  response.writeHead(status, message, flatten(headers));
  response.flushHeaders();
  let sent = 0;
  for await (const piece of hasBody ? spoilBody(answer.body, 'down', actions, exchange) : []) {
    if (response.destroyed) throw new BreakOff('client-gone');
    sent += piece.byteLength;
    line.countDown(piece.byteLength);
    if (sent >= length) line.end('answered');
    await writePiece(response, piece);
  }
  if (response.destroyed) throw new BreakOff('client-gone');
  line.end('answered');
  await finish(response);
}

function fitLength(headers: Head['headers'], actions: Exchange['actions']): Head['headers'] {
  const length = Number(valueOf(headers, 'content-length') ?? Number.NaN);
  const kept = actionsOf(actions, 'truncate')
    .filter(({ fixContentLength }) => fixContentLength)
    .map(({ bytes }) => bytes);
  const shortest = Math.min(length, ...kept);
  return shortest < length ? withHeaders(headers, { 'Content-Length': String(shortest) }) : headers;
}

function lengthOf(status: number, body: string): Record<string, string> {
  return status === 204 || status === 304 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
}

async function* bodyOf(text: string): AsyncGenerator<Buffer> {
  if (text !== '') yield Buffer.from(text);
}
