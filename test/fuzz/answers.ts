import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { type AnswerRules, readDocument, type Seen } from '../../src/s3/check-answer.ts';
import { elementText } from '../../src/s3/xml-element.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { Random } from '../soak/random.ts';
import { damage, drawPage } from './draw-page.ts';
import { Finding, type FuzzTarget } from './target.ts';

const STATUSES = [
  200, 200, 200, 204, 206, 299, 300, 301, 304, 307, 400, 400, 401, 403, 403, 404, 405, 408, 409, 411, 412,
  416, 429, 500, 500, 501, 503, 503, 505, 599, 0, 999,
] as const;
const CODES = [
  'AccessDenied',
  'SlowDown',
  'NoSuchKey',
  'RequestTimeTooSkewed',
  'BadDigest',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '',
  'x'.repeat(600),
  '&#x110000;',
  '\u0000\u001b[31m',
] as const;
const DATES = ['', 'x', 'Sun, 29 Nov 2026 18:15:00 GMT', '2026-11-29', '9'.repeat(400)] as const;
const HEADERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'content-type': [
    'application/xml',
    'text/html',
    'text/html; charset=utf-8',
    'application/octet-stream',
    '',
  ],
  'x-amz-request-id': ['R1', '', '__proto__', '\u001b]0;x'],
  'x-amz-bucket-region': ['eu-west-1', '', 'a b; rm', 'constructor'],
  'retry-after': ['1', '0', '-1', '1e9', '99999999999999999999', 'x', ...DATES],
  date: DATES,
  server: ['MinIO', 'AmazonS3', ''],
  location: ['http://host/', ''],
};
const ROOTS: readonly [readonly string[] | undefined, ...(readonly string[] | undefined)[]] = [
  undefined,
  [],
  ['ListBucketResult'],
  ['ListBucketResult'],
  ['CompleteMultipartUploadResult', 'CompleteMultipartUploadOutput'],
];
const KINDS = new Set([
  'network',
  'throttled',
  'server',
  'unsupported',
  'denied',
  'not-found',
  'precondition',
  'changed',
  'corrupt',
]);
/** Those of docs/reference/exit-codes.md that an answer may lead to. */
const EXIT_CODES = new Set([1, 4, 5, 6, 7, 9]);
const RECOVERIES = new Set(['never', 'again', 'wait', 'at-once']);
/** Prefix, code, a message of 500 characters. */
const LONGEST_MESSAGE = 2000;

/** What breaks off a body, and must come out as it is. */
class Broken extends Error {
  override readonly name = 'Broken';
}

/** Answers of any status, with any headers, body and chunks: a document comes out, or an error that says what to do. */
export const answers: FuzzTarget = {
  name: 'answers',
  async one(random) {
    const seen: Seen = { status: random.pick(STATUSES), headers: drawHeaders(random) };
    const bytes = Buffer.from(drawBody(random), random.chance(0.05) ? 'latin1' : 'utf8');
    const rules: AnswerRules = {
      what: 'fuzz s3://b/k',
      ...roots(random.pick(ROOTS)),
      maxBytes: random.pick([100, 10_000, 2 ** 20, 2 ** 24]),
      ...(random.chance(0.3) && { nonsense: random.pick(['never', 'again', 'wait']) }),
      isProven: () => false,
    };
    const input = `${JSON.stringify({ ...seen, ...rules })}\n${bytes.toString('latin1')}`;
    try {
      const text = await readDocument(seen, bodyOf(random, bytes), rules);
      if (seen.status < 200 || seen.status > 299)
        throw new Finding('a bad status comes out as a document', input);
      elementText(text, 'ETag');
    } catch (error) {
      if (error instanceof Finding) throw error;
      if (!(error instanceof Broken)) check(error, input);
    }
  },
};

/** That an error has all that retries, sentences and exit codes are made of. */
function check(error: unknown, input: string): void {
  if (!(error instanceof TransferError)) throw new Finding('another error comes out', input, error);
  const { kind, recovery, message, requestId, retryAfterMs, code } = error;
  const wrong = [
    !KINDS.has(kind) && `kind ${kind}`,
    !EXIT_CODES.has(exitCodeOf(error)) && `exit code ${exitCodeOf(error)}`,
    !RECOVERIES.has(recovery) && `recovery ${recovery}`,
    (message.length > LONGEST_MESSAGE || !message.startsWith('fuzz s3://b/k')) &&
      `message ${message.slice(0, 300)}`,
    requestId !== undefined && typeof requestId !== 'string' && 'the request id is no text',
    code !== undefined && typeof code !== 'string' && 'the code is no text',
    retryAfterMs !== undefined &&
      !(Number.isFinite(retryAfterMs) && retryAfterMs > 0) &&
      `retry ${retryAfterMs}`,
  ].filter((one) => one !== false);
  if (wrong.length > 0) throw new Finding(wrong.join(', '), input, error);
}

function roots(of: readonly string[] | undefined): Pick<AnswerRules, 'roots'> {
  return of === undefined ? {} : { roots: of };
}

function drawHeaders(random: Random): Record<string, string> {
  const drawn = Object.entries(HEADERS).filter(() => random.chance(0.4));
  return Object.fromEntries(drawn.map(([name, words]) => [name, random.pick(words)]));
}

function drawBody(random: Random): string {
  const error = `<Error><Code>${random.pick(CODES)}</Code><Message>${random.pick(CODES)} it is</Message><RequestId>${random.pick(CODES)}</RequestId></Error>`;
  const draw = random.pick<() => string>([
    () => '',
    () => drawPage(random),
    () => drawPage(random),
    () => error,
    () => `<?xml version="1.0" encoding="UTF-8"?>\n\n${error}\n`,
    () => `<!DOCTYPE html><html><body>${random.pick(CODES)}</body></html>`,
    () =>
      '<?xml version="1.0"?>\n<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>',
    () => String.fromCharCode(...Array.from({ length: random.whole(1, 300) }, () => random.whole(0, 65_535))),
    () => random.pick(['<', '&', ' ', '<Code>', '</Error>', '<!--']).repeat(random.whole(1, 300_000)),
  ]);
  const body = draw();
  return random.chance(0.4) ? damage(random, body) : body;
}

/** The bytes as a body may come: whole, in chunks of any size, broken off, or as nothing known. */
function bodyOf(random: Random, bytes: Buffer): unknown {
  const form = random.pick(['text', 'bytes', 'nothing', 'strange', 'chunks', 'chunks', 'chunks', 'broken']);
  if (form === 'text') return bytes.toString();
  if (form === 'bytes') return bytes;
  if (form === 'nothing') return random.pick([undefined, null]);
  if (form === 'strange') return random.pick<unknown>([5, {}, [1], ['text'], () => 1]);
  return chunks(bytes, random.pick([1, 7, 100, 65_536]), form === 'broken');
}

async function* chunks(bytes: Buffer, size: number, isBroken: boolean): AsyncGenerator<Uint8Array> {
  // A chunk for each byte of a large body would be nothing but waiting.
  const step = Math.max(size, Math.ceil(bytes.byteLength / 20_000));
  for (let at = 0; at < bytes.byteLength; at += step) {
    if (isBroken && at * 2 > bytes.byteLength) throw new Broken('the connection was cut');
    // The memory of a chunk is used again.
    const chunk = Buffer.from(bytes.subarray(at, at + step));
    yield chunk;
    chunk.fill(0);
  }
}
