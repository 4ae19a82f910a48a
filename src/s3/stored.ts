import { detailsOf, TransferError } from '../transfer/errors.ts';
import type { ObjectInfo, PartBody, PutReceipt } from '../transfer/ports.ts';
import { requireEtag } from './answer.ts';
import { notLikeS3 } from './errors.ts';
import { infoOf, isOpaque, type StoredOutput, stringsOf, sumsOf } from './object-info.ts';
import { unquote } from './encoding.ts';

/** How an object is named in messages. */
export function describe({ bucket, key }: { bucket: string; key: string }): string {
  return `s3://${bucket}/${key}`;
}

/**
 * A server that knows of the customer's key names its algorithm in every answer about the bytes; one that does not knows
 * of none, and has them in the clear.
 * @throws TransferError `unsupported`
 */
export function requireSealed(what: string, customerKey: Uint8Array | undefined, output: StoredOutput): void {
  if (customerKey === undefined || output.SSECustomerAlgorithm !== undefined) return;
  throw new TransferError('unsupported', `${what}: the server ignores your key, and does not encrypt`, {
    hint: 'What is stored there can be read without it; delete it if nobody else may.',
  });
}

/** What the answer to a body says was stored: without an ETag nothing was. */
export function storedOf(what: string, body: PartBody, output: StoredOutput): Omit<PutReceipt, 'versionId'> {
  return {
    size: body.size,
    etag: requireEtag(what, unquote(output.ETag)),
    sums: sumsOf(stringsOf(output)),
    opaqueEtag: isOpaque(output),
  };
}

/** Another writer was faster by a moment: AWS says to ask again whether the condition holds. */
export function asConflict(error: unknown): unknown {
  if (!(error instanceof TransferError) || error.code !== 'ConditionalRequestConflict') return error;
  return new TransferError('server', error.message, { ...detailsOf(error), recovery: 'again' });
}

/**
 * Some gateways (JuiceFS) know no ETags. What is then an object and what a captive portal's page is told by the headers
 * that only S3 sends, and by a time.
 */
function looksLikeS3(output: StoredOutput, headers: Readonly<Record<string, string>>): boolean {
  const isPage = headers['content-type']?.startsWith('text/html') === true;
  const isS3 = Object.keys(headers).some((name) => name.startsWith('x-amz-'));
  return !isPage && isS3 && output.LastModified !== undefined;
}

/**
 * What a look at an object says of it.
 * @throws TransferError `server` for an answer without size or ETag, or of an impossible size
 */
export function statOf(
  what: string,
  key: string,
  output: StoredOutput,
  headers: Readonly<Record<string, string>>,
  customerKey: Uint8Array | undefined,
): ObjectInfo {
  const hasEtag = unquote(output.ETag) !== undefined;
  if (output.ContentLength === undefined || (!hasEtag && !looksLikeS3(output, headers))) {
    const isPage = headers['content-type']?.startsWith('text/html');
    throw notLikeS3(what, isPage ? 'it sent a web page' : 'an object without size or ETag', 'never');
  }
  // What cannot be a number of bytes: negative, or too large to be counted.
  if (!Number.isSafeInteger(output.ContentLength) || output.ContentLength < 0)
    throw notLikeS3(what, 'an object of an impossible size', 'never');
  requireSealed(what, customerKey, output);
  return infoOf(key, output);
}
