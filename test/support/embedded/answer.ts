import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Lease, readSegments } from './blobs.ts';
import { xmlDocument } from './xml.ts';

/** What goes back to the client; whoever sends it releases the bytes. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Lease;
}

/** An answer without a body. */
export function answerEmpty(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: '' };
}

/** An answer of finished XML. */
export function answerText(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body: text };
}

/** A 200 with an XML document. */
export function answerXml(
  root: string,
  children: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return answerText(200, xmlDocument(root, children), headers);
}

/** Sends the answer; to HEAD without its body. */
export async function sendAnswer(response: ServerResponse, method: string, answer: Answer): Promise<void> {
  const { status, headers, body } = answer;
  if (typeof body === 'string') {
    const hasLength = status !== 204 && status !== 304;
    response.writeHead(status, {
      ...headers,
      ...(hasLength ? { 'content-length': Buffer.byteLength(body) } : {}),
    });
    response.end(method === 'HEAD' ? undefined : body);
    return;
  }
  try {
    const size = body.segments.reduce((sum, segment) => sum + segment.end - segment.start, 0);
    response.writeHead(status, { ...headers, 'content-length': size });
    const segments = method === 'HEAD' ? [] : body.segments;
    await pipeline(Readable.from(readSegments(segments), { objectMode: false }), response);
  } finally {
    body.release();
  }
}
