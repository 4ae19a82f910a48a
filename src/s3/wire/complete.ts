import type { Receipt, Sums } from '../../transfer/ports.ts';
import { base64Of, quote } from '../encoding.ts';
import { CHECKSUMS, type HeaderAlgorithm } from '../object-info.ts';

/** The body of CompleteMultipartUpload: docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html. */
export function completeDocument(
  receipts: readonly Receipt[],
  algorithm: HeaderAlgorithm,
  sums: readonly Sums[] | undefined,
): Uint8Array {
  const { field } = CHECKSUMS[algorithm];
  const parts = receipts.map(({ number, etag }, index) => {
    const sum = sums?.[index]?.[algorithm];
    const checksum = sum === undefined ? '' : `<${field}>${base64Of(sum)}</${field}>`;
    return `<Part><PartNumber>${number}</PartNumber><ETag>${escape(quote(etag))}</ETag>${checksum}</Part>`;
  });
  const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload xmlns="${xmlns}">${parts.join('')}</CompleteMultipartUpload>`,
  );
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES.get(character) ?? character);
}
