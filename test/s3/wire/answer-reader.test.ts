import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerReader } from '../../../src/s3/wire/answer-reader.ts';
import { answers, cut, places, readAnswer } from './answers.ts';

describe('an answer as it should be', () => {
  it('has the same head and body however it is cut', () => {
    fc.assert(
      fc.property(answers, places, ({ bytes, body, closes }, places) => {
        const whole = readAnswer([bytes], 'GET', closes);
        expect(whole).toMatchObject({ outcome: 'done', body, isReusable: !closes });
        expect(readAnswer(cut(bytes, places), 'GET', closes)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
  it('that is cut short is never done', () => {
    fc.assert(
      fc.property(
        answers.filter(({ closes }) => !closes),
        places,
        fc.nat(),
        ({ bytes, body }, places, nat) => {
          const short = bytes.subarray(0, nat % bytes.length);
          const read = readAnswer(cut(short, places), 'GET', true);
          expect(read.outcome).toBe('unfinished');
          expect(body.startsWith(read.body)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
  it('with more behind it has the same body, and leaves no connection to the next', () => {
    fc.assert(
      fc.property(
        answers.filter(({ closes }) => !closes),
        places,
        ({ bytes, body }, places) => {
          const read = readAnswer(cut(Buffer.concat([bytes, Buffer.from('HTTP/1.1 200 OK\r\n')]), places));
          expect(read).toMatchObject({ outcome: 'done', body, isReusable: false });
        },
      ),
      { numRuns: 300 },
    );
  });
  it('has no body where the request was HEAD, whatever its head announces', () => {
    fc.assert(
      fc.property(answers, ({ bytes }) => {
        const head = bytes.subarray(0, bytes.lastIndexOf('\r\n\r\n', bytes.length) + 4);
        expect(readAnswer([head], 'HEAD')).toMatchObject({ outcome: 'done', body: '' });
      }),
    );
  });
  it('comes in few pieces however small its chunks are', () => {
    const body = 'x'.repeat(20_000);
    const chunks = '1\r\nx\r\n'.repeat(body.length);
    const reader = createAnswerReader('GET');
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    const pieces = reader.take(bytes);
    expect(reader.isDone).toBe(true);
    expect(pieces).toHaveLength(1);
    expect(Buffer.concat(pieces).toString()).toBe(body);
  });
});

describe('what is not HTTP', () => {
  const head = (...lines: string[]): string =>
    `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  const chunked = head('Transfer-Encoding: chunked');
  it.each([
    ['two lengths', `${head('Content-Length: 4', 'Content-Length: 5')}texts`],
    ['two lengths in one field', `${head('Content-Length: 4, 5')}texts`],
    ['a length that is no number', `${head('Content-Length: 4x')}text`],
    ['a length below nothing', `${head('Content-Length: -1')}text`],
    ['a length in hex', `${head('Content-Length: 0x4')}text`],
    ['a length beyond all files', `${head('Content-Length: 99999999999999999999')}text`],
    ['an empty length', `${head('Content-Length:')}text`],
    ['a length and chunks', `${head('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['a coding nobody asked for', `${head('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
    ['chunks in version 1.0', `${chunked.replace('1.1', '1.0')}0\r\n\r\n`],
    ['another version', head('Content-Length: 0').replace('1.1', '2.0')],
    ['a status of two digits', head('Content-Length: 0').replace('200', '20')],
    ['a status that begins with nought', head('Content-Length: 0').replace('200', '099')],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a field hidden in the reason', 'HTTP/1.1 200 OK\nContent-Length: 4\r\nContent-Length: 4\r\n\r\ntext'],
    ['a space before the colon', `${head('Content-Length : 4')}text`],
    ['a folded line', `${head('X: a', ' b', 'Content-Length: 4')}text`],
    ['a line without a colon', `${head('nonsense', 'Content-Length: 4')}text`],
    ['a lone line feed in a value', `${head('X: a\nContent-Length: 4')}text`],
    ['a lone carriage return in a value', `${head('X: a\rb', 'Content-Length: 4')}text`],
    ['a nought byte in a value', `${head('X: a\0b', 'Content-Length: 4')}text`],
    ['a chunk without a size', `${chunked}\r\ntext\r\n0\r\n\r\n`],
    ['a chunk of a size with a sign', `${chunked}+4\r\ntext\r\n0\r\n\r\n`],
    ['a chunk beyond all files', `${chunked}fffffffffffffff\r\ntext`],
    ['a chunk longer than its size', `${chunked}3\r\ntext\r\n0\r\n\r\n`],
    ['a chunk that ends with a line feed alone', `${chunked}4\ntext\r\n0\r\n\r\n`],
    ['a carriage return within a size', `${chunked}\r4\r\ntext\r\n0\r\n\r\n`],
    ['trailers that do not end', `${chunked}0\r\n${'X: y\r\n'.repeat(200)}\r\n`],
    ['a line of a chunk that does not end', `${chunked}4;${'x'.repeat(5000)}`],
    ['a head that does not end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
    ['a head that is too long', head(`X: ${'x'.repeat(70_000)}`)],
  ])('is refused: %s', (_, text) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(readAnswer([bytes]).outcome).toBe('refused');
    expect(readAnswer(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).outcome).toBe('refused');
  });
  it('is not even looked through for ever: interim answers without end are read over in a loop', () => {
    const bytes = Buffer.from('HTTP/1.1 100 \r\n\r\n'.repeat(60_000));
    expect(readAnswer([bytes]).outcome).toBe('unfinished');
  });
});

describe('headers', () => {
  const read = (...lines: string[]): Readonly<Record<string, string>> =>
    readAnswer([Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')], 'HEAD').headers;
  it('that come twice are joined, but where there can be one the first counts', () => {
    expect(read('X-A: 1', 'x-a: 2', 'ETag: "a"', 'ETag: "b"')).toEqual({ 'x-a': '1, 2', etag: '"a"' });
  });
  it('may be called what objects of JavaScript have already', () => {
    expect(read('constructor: a', 'toString: b')).toEqual({ constructor: 'a', tostring: 'b' });
    expect(Object.keys(read('__proto__: a'))).toEqual([]);
  });
});
