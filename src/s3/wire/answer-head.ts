/** Status and headers of an answer. */
export type AnswerHead = {
  readonly status: number;
  /** By lower-case name; of several the values are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly framing: Framing;
  /** Whether another request may follow on this connection. */
  readonly keepsAlive: boolean;
};

/** How the end of a body is known (RFC 9112, section 6.3). */
export type Framing =
  | { readonly type: 'length'; readonly bytes: number }
  | { readonly type: 'chunked' }
  | { readonly type: 'until-close' };

/** No server says more before its body. */
export const MAX_HEAD_BYTES = 64 * 1024;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
/** Of these the first counts, as with Node's own parser: two ETags are no ETag. */
const SINGLE = new Set(['content-type', 'etag', 'expires', 'last-modified', 'retry-after', 'date']);

/**
 * Reads the head of an answer, without the empty line that ends it. Strict: what is not HTTP is refused, so that
 * nothing is ever taken for the body of another answer.
 * @throws NotHttpError
 */
export function parseHead(text: string, method: string): AnswerHead {
  const lines = text.split('\r\n');
  const [, minor, code] = STATUS_LINE.exec(lines[0] ?? '') ?? [];
  if (code === undefined) throw new NotHttpError('no status line');
  const headers: Record<string, string> = {};
  for (const line of lines.slice(1)) {
    if (!FIELD.test(line)) throw new NotHttpError('a header that is none');
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = bare(line, colon + 1);
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    // The same length twice is one length; two lengths are an attack.
    if (name === 'content-length' && before !== undefined) {
      if (before !== value) throw new NotHttpError('two lengths of one body');
      continue;
    }
    if (before !== undefined && SINGLE.has(name)) continue;
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  const status = Number(code);
  if (status === 101) throw new NotHttpError('another protocol');
  // Whoever sends both has two ends in mind, and whoever is of version 1.0 cannot mean the second.
  if (
    headers['transfer-encoding'] !== undefined &&
    (minor === '0' || headers['content-length'] !== undefined)
  )
    throw new NotHttpError('two ends of one body');
  const framing = framingOf(status, headers, method);
  const isClosed = /\bclose\b/i.test(headers['connection'] ?? '');
  const keepsAlive = minor === '1' && !isClosed && framing.type !== 'until-close';
  return { status, headers, framing, keepsAlive };
}

/** What is left of a line without the blanks around it; other white space belongs to it (RFC 9110, section 5.5). */
function bare(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (isBlank(line[start])) start++;
  while (end > start && isBlank(line[end - 1])) end--;
  return line.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function framingOf(status: number, headers: AnswerHead['headers'], method: string): Framing {
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return NOTHING;
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new NotHttpError(`the transfer coding ${coding}`);
    return { type: 'chunked' };
  }
  const length = headers['content-length'];
  if (length === undefined) return { type: 'until-close' };
  const bytes = Number(length);
  if (!/^\d+$/.test(length) || !Number.isSafeInteger(bytes)) throw new NotHttpError('a length that is none');
  return { type: 'length', bytes };
}

const NOTHING: Framing = { type: 'length', bytes: 0 };

/** What came is no HTTP; its code is one of those that Node's own parser has. */
export class NotHttpError extends Error {
  override readonly name = 'NotHttpError';
  readonly code = 'HPE_INVALID';
}
