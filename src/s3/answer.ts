import { StringDecoder } from 'node:string_decoder';
import { TransferError } from '../transfer/errors.ts';
import type { Part } from '../transfer/plan.ts';
import type { Range } from '../transfer/ports.ts';
import { notLikeS3 } from './errors.ts';

/**
 * The largest page of a listing. An entry takes up to 3,072 bytes for its key (1,024 bytes, each url-encoded), 1,024 for
 * a version id or upload id, 1,700 for all else: two owners with a name of 256 bytes and an ARN each, ETag, dates,
 * checksums, tags, indentation. A page has 1,000 entries. 10,000 buckets, the most that S3 lists at a time, take half
 * of that.
 */
export const MAX_PAGE_BYTES = 6 * 1024 ** 2;
/** Everything else that is no object: a few elements, or an error. */
export const MAX_DOCUMENT_BYTES = 1024 ** 2;

/** Reads a whole answer as text, within bounds. */
export async function collectBody(body: unknown, what: string, maxBytes: number): Promise<string> {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string' || body instanceof Uint8Array) {
    if (body.length > maxBytes) throw notLikeS3(what, 'its answer does not end', 'never');
    return typeof body === 'string' ? body : new TextDecoder().decode(body);
  }
  if (!isAsyncIterable(body)) throw notLikeS3(what, 'an answer of no known form');
  // A chunk is valid only until the next one: decoded at once it need not be copied.
  const decoder = new StringDecoder('utf8');
  let text = '';
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw notLikeS3(what, 'an answer of no known form');
    size += chunk.byteLength;
    if (size > maxBytes) throw notLikeS3(what, 'its answer does not end', 'never');
    text += decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  return text + decoder.end();
}

function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/**
 * Whether an answer is a web page: a captive portal, a console, a proxy's error. The content type of an answer
 * without a body is that of an object, which may well be a web page.
 */
export function isHtml(text: string, headers: Readonly<Record<string, string>>): boolean {
  const start = text.slice(0, 200).trimStart();
  if (start === '') return false;
  if (/^(?:<\?xml[^>]{0,100}\?>\s*)?<(?:!doctype html|html)\b/i.test(start)) return true;
  // What begins like an XML document is one, whatever a proxy or a framework calls it.
  if (/^<(?:\?xml\b|[A-Z])/.test(start)) return false;
  return /^text\/html\b/i.test(headers['content-type'] ?? '');
}

/** What tells the version of an object that is read; `size` is that of the whole. */
export type PinnedVersion = { readonly etag: string | undefined; readonly size?: number | undefined };

/** How the bytes of an answer to a ranged read lie within the range that was asked for. */
export type RangeAnswer = {
  readonly skip: number;
  /** Whether bytes follow that were not asked for. */
  readonly more: boolean;
};

/**
 * Checks that an answer is exactly the range that was asked for, of the object that was asked for. The
 * Content-Range decides, not the status: rclone 1.75 sends good ranges with 200.
 * @throws TransferError `changed` for another version, `corrupt` for another range
 */
export function checkRange(
  what: string,
  range: Range,
  version: PinnedVersion,
  answer: {
    readonly status: number;
    readonly contentRange: string | undefined;
    readonly contentLength: number | undefined;
    readonly etag: string | undefined;
    readonly html: boolean;
  },
): RangeAnswer {
  const { status, contentRange, contentLength, etag } = answer;
  const expectedEtag = version.etag;
  if (answer.html && etag === undefined) throw notLikeS3(what, 'it sent a web page', 'never');
  if (etag === undefined && expectedEtag !== undefined) throw notLikeS3(what, 'an object without an ETag');
  if (expectedEtag !== undefined && etag !== expectedEtag)
    throw new TransferError('changed', `${what}: the object was replaced while it was fetched`);
  const length = range.end - range.start;
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(contentRange ?? '');
  if (match) {
    if (Number(match[1]) !== range.start || Number(match[2]) !== range.end - 1) {
      throw new TransferError(
        'corrupt',
        `${what}: the server sent ${contentRange} instead of bytes ${range.start}-${range.end - 1}`,
      );
    }
    if (contentLength !== undefined && contentLength !== length) {
      throw new TransferError(
        'corrupt',
        `${what}: the server sent ${contentLength} bytes instead of ${length}`,
      );
    }
    // Where no ETag tells versions apart, another size does.
    const isOther = version.size !== undefined && match[3] !== '*' && Number(match[3]) !== version.size;
    if (etag === undefined && isOther)
      throw new TransferError('changed', `${what}: the object was replaced while it was fetched`);
    return { skip: 0, more: false };
  }
  if (status === 206)
    throw new TransferError('corrupt', `${what}: the server sent a range without saying which`);
  // The server does not know ranges: the whole object comes, and what was not asked for is passed over.
  if (contentLength === undefined || contentLength < range.end) {
    throw new TransferError(
      'corrupt',
      `${what}: the server sent ${contentLength ?? 'an unknown number of'} bytes instead of at least ${range.end}`,
    );
  }
  if (version.size !== undefined && contentLength !== version.size) {
    throw new TransferError(
      'corrupt',
      `${what}: the server sent ${contentLength} bytes as the whole of an object of ${version.size}`,
    );
  }
  return { skip: range.start, more: contentLength > range.end };
}

/** The ETag that proves a part was stored. */
export function requireEtag(what: string, etag: string | undefined): string {
  if (etag === undefined) throw notLikeS3(what, 'no ETag in its answer');
  return etag;
}

/** Names one part of an upload in errors. */
export function partName(object: string, part: Part): string {
  return `put part ${part.number} of ${object}`;
}
