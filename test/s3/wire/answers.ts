import * as fc from 'fast-check';
import { type AnswerReader, createAnswerReader } from '../../../src/s3/wire/answer-reader.ts';

/** What a reader made of some bytes. */
export type Read = {
  readonly outcome: 'done' | 'unfinished' | 'refused';
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isReusable: boolean;
};

/** Reads an answer in the pieces it comes in; `closes`: then the other side hangs up. */
export function readAnswer(pieces: readonly Uint8Array[], method = 'GET', closes = false): Read {
  const reader = createAnswerReader(method);
  const body: Buffer[] = [];
  const end = (outcome: Read['outcome']): Read => ({ outcome, ...seenOf(reader, Buffer.concat(body)) });
  try {
    for (const piece of pieces) {
      // What was read into is used again: nothing may be kept of it.
      const memory = Buffer.from(piece);
      body.push(...reader.take(memory).map((bytes) => Buffer.from(bytes)));
      memory.fill(0x21);
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'NotHttpError') return end('refused');
    throw error;
  }
  if (closes) reader.end();
  return end(reader.isDone ? 'done' : 'unfinished');
}

function seenOf({ head, isReusable }: AnswerReader, body: Buffer): Omit<Read, 'outcome'> {
  return { status: head?.status, headers: head?.headers ?? {}, body: body.toString('latin1'), isReusable };
}

/** Cuts bytes at any places, also many times at one. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = places.map((place) => Math.floor(place * bytes.byteLength)).toSorted((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.byteLength));
}

export const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

const letters = (text: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(text));
const fieldName = fc.string({ unit: letters('abzXY-_019!#~'), minLength: 1, maxLength: 10 });
const fieldValue = fc.string({ unit: letters('aZ09 ,;:="é'), maxLength: 20 }).map((text) => text.trim());
const fields = fc
  .array(
    fc.tuple(
      fieldName,
      fieldValue,
      letters(' \t').chain((it) => fc.constantFrom('', it)),
    ),
    { maxLength: 5 },
  )
  .map((all) => all.map(([name, value, space]) => `X-${name}:${space}${value}${space}\r\n`).join(''));
const text = fc.string({ unit: letters('aZ09 \r\n<>:é0'), maxLength: 60 });

type Piece = readonly [bytes: string, extension: string];
const chunk: fc.Arbitrary<Piece> = fc.tuple(
  text.filter((it) => it !== ''),
  fc.constantFrom('', ';a=b', ';x'),
);

/** An answer as it should be, and its body. */
export type Valid = { readonly bytes: Buffer; readonly body: string; readonly closes: boolean };

/** Answers in each of the three forms, perhaps behind interim ones. */
export const answers: fc.Arbitrary<Valid> = fc
  .record({
    interim: fc.constantFrom('', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 x\r\nLink: a\r\n\r\n'),
    status: fc.constantFrom('200 OK', '206 Partial Content', '403 ', '500 Internal Server Error'),
    fields,
    more: fields,
    form: fc.oneof(
      text.map((body) => ({ field: `Content-Length: ${body.length}`, sent: body, body, closes: false })),
      text.map((body) => ({ field: 'Connection: close', sent: body, body, closes: true })),
      fc.tuple(fc.array(chunk, { maxLength: 5 }), fields).map(([chunks, trailers]) => ({
        field: 'Transfer-Encoding: chunked',
        sent: `${chunks.map(([bytes, extension]) => `${bytes.length.toString(16)}${extension}\r\n${bytes}\r\n`).join('')}0\r\n${trailers}\r\n`,
        body: chunks.map(([bytes]) => bytes).join(''),
        closes: false,
      })),
    ),
  })
  .map(({ interim, status, fields, more, form: { field, sent, body, closes } }) => ({
    bytes: Buffer.from(`${interim}HTTP/1.1 ${status}\r\n${fields}${field}\r\n${more}\r\n${sent}`, 'latin1'),
    body,
    closes,
  }));
