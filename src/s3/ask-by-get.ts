import { TransferError } from '../transfer/errors.ts';
import type { Range } from '../transfer/ports.ts';
import type { StoredOutput } from './object-info.ts';
import { isByteStream, isDestroyable, type RangeOutput } from './read-range.ts';
import type { OpenCall } from './supervise.ts';

/** What is asked for where HEAD says too little: an answer to GET has a body, for a reason too. */
export const FIRST_BYTE: Range = { start: 0, end: 1 };

/** Whether a refusal of HEAD, which has no body, leaves open what is wrong: a missing key of SSE-C, an expired token … */
function lacksReason(error: unknown): error is TransferError {
  return error instanceof TransferError && error.status === 400 && error.code === undefined;
}

/**
 * The size of an object by a GET of its first byte: some servers leave it out of HEAD, of empty objects above all.
 * `undefined` where GET does not tell it either.
 * @throws TransferError the refusal, with its reason
 */
async function sizeByGet(open: () => Promise<OpenCall<RangeOutput>>): Promise<number | undefined> {
  let opened: OpenCall<RangeOutput>;
  try {
    opened = await open();
  } catch (error) {
    // An empty object has no first byte.
    if (error instanceof TransferError && error.status === 416) return 0;
    throw error;
  }
  const { Body: body, ContentRange, ContentLength } = opened.output;
  try {
    const [, total] = /^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '') ?? [];
    if (total !== undefined) return Number(total);
    if (ContentLength !== undefined || !isByteStream(body)) return ContentLength;
    for await (const chunk of body) if (chunk.byteLength > 0) return undefined;
    return 0;
  } catch (error) {
    throw opened.explain(error);
  } finally {
    opened.stop();
    if (isDestroyable(body)) body.destroy();
  }
}

/** What HEAD said of an object. */
export type Looked = { readonly output: StoredOutput; readonly headers: Readonly<Record<string, string>> };

/**
 * Looks at an object by HEAD, and by GET where that says too little: no size, or a refusal without a reason.
 * @throws TransferError
 */
export async function lookTwice(
  head: () => Promise<Looked>,
  open: () => Promise<OpenCall<RangeOutput>>,
): Promise<Looked> {
  let looked: Looked;
  try {
    looked = await head();
  } catch (error) {
    if (!lacksReason(error)) throw error;
    // That it can be read gives no reason why it could not be looked at.
    await sizeByGet(open);
    throw error;
  }
  const { output, headers } = looked;
  // Without an ETag it may be anything, such as a web page.
  if (output.ContentLength !== undefined || output.ETag === undefined) return looked;
  return { output: { ...output, ContentLength: await sizeByGet(open) }, headers };
}
