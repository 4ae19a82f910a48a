import { type AnswerHead, MAX_HEAD_BYTES, NotHttpError, parseHead } from './answer-head.ts';
import { type ChunkedDecoder, createChunkedDecoder } from './chunked.ts';

/** Reads one answer out of the bytes of a connection, as they come. */
export type AnswerReader = {
  /** The parts of `bytes` that belong to the body, in order; they lie in the same memory. */
  take(bytes: Uint8Array): readonly Uint8Array[];
  /** The other side has closed. */
  end(): void;
  /** Known once it has come whole. */
  readonly head: AnswerHead | undefined;
  readonly isDone: boolean;
  /** Whether the connection is where the next answer begins. */
  readonly isReusable: boolean;
};

const END_OF_HEAD = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/** For the answer to a request by `method`. */
export function createAnswerReader(method: string): AnswerReader {
  let before = Buffer.alloc(0);
  let head: AnswerHead | undefined;
  let chunked: ChunkedDecoder | undefined;
  let left = 0;
  let isDone = false;
  let hasSurplus = false;

  /** Looks for the end of the head; what follows it is returned. */
  const takeHead = (bytes: Uint8Array): Uint8Array => {
    let text = before.byteLength === 0 ? viewOf(bytes) : Buffer.concat([before, bytes]);
    for (;;) {
      const end = text.indexOf(END_OF_HEAD);
      if ((end === -1 ? text.byteLength : end) > MAX_HEAD_BYTES)
        throw new NotHttpError('a head that does not end');
      if (end === -1) {
        // A copy: the memory that was read into is used again before the rest has come.
        before = Buffer.from(text);
        return NOTHING;
      }
      const found = parseHead(text.toString('latin1', 0, end), method);
      text = text.subarray(end + END_OF_HEAD.length);
      // "Go on" and early hints are no answers.
      if (found.status < 200) continue;
      before = Buffer.alloc(0);
      head = found;
      if (found.framing.type === 'chunked') chunked = createChunkedDecoder();
      if (found.framing.type === 'length') left = found.framing.bytes;
      isDone = found.framing.type === 'length' && left === 0;
      return text;
    }
  };

  const takeBody = (bytes: Uint8Array): readonly Uint8Array[] => {
    if (chunked) {
      const found = chunked.take(bytes);
      isDone = chunked.isDone;
      hasSurplus ||= chunked.surplus > 0;
      return found;
    }
    if (head?.framing.type === 'until-close') return [bytes];
    const own = bytes.subarray(0, left);
    left -= own.byteLength;
    isDone = left === 0;
    hasSurplus ||= own.byteLength < bytes.byteLength;
    return own.byteLength === 0 ? [] : [own];
  };

  return {
    get head() {
      return head;
    },
    get isDone() {
      return isDone;
    },
    get isReusable() {
      return isDone && !hasSurplus && head?.keepsAlive === true;
    },
    take(bytes) {
      const body = head ? bytes : takeHead(bytes);
      return body.byteLength === 0 ? [] : takeBody(body);
    },
    end() {
      if (head?.framing.type === 'until-close') isDone = true;
    },
  };
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
