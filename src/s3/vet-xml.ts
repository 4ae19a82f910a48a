import type { Recovery, TransferError } from '../transfer/errors.ts';
import { notLikeS3 } from './errors.ts';
import { faultOf, type MarkupFault } from './judge-markup.ts';

const ROOT = /^(?:<\?xml[^>]*\?>\s*)?<([A-Za-z]{1,64})(?![\w.:-])/;

/**
 * What each document is known by when its root has another name: `ListPartsResponse` is moto's. The roots themselves are
 * no other document's name.
 */
const ELEMENTS: ReadonlyMap<string, RegExp> = new Map([
  ['ListBucketResult', /<(?:Contents|CommonPrefixes|KeyCount|MaxKeys)\b/],
  ['ListPartsResult', /<(?:UploadId|PartNumberMarker|PartNumber)\b/],
  ['ListMultipartUploadsResult', /<(?:Upload|UploadIdMarker|KeyMarker|MaxUploads)\b/],
  ['ListVersionsResult', /<(?:Version|DeleteMarker|KeyMarker)\b/],
  ['ListAllMyBucketsResult', /<Buckets\b/],
  ['InitiateMultipartUploadResult', /<UploadId\b/],
  ['CompleteMultipartUploadResult', /<(?:ETag|Location)\b/],
  ['LifecycleConfiguration', /<Rule\b/],
]);

/** Whether a document is the one that was asked for: by its root, or by what it holds. */
function isAsked(name: string, roots: readonly string[], document: string): boolean {
  if (roots.includes(name)) return true;
  return !ELEMENTS.has(name) && roots.some((root) => ELEMENTS.get(root)?.test(document) === true);
}

const SENTENCES: Readonly<Record<MarkupFault, string>> = {
  cut: 'its answer was cut short',
  broken: 'its XML is broken',
  deep: 'its XML nests too deeply',
  long: 'its XML has longer text than any key',
  many: 'its XML has more elements than any page',
};

/**
 * Checks that a document is the one that was asked for, before it is parsed: by its root, or what it holds; closed;
 * no document type (quadratic in the SDK's parser); no more depth, text and elements than S3 ever needs. `onError`
 * makes the error of an error document that came under a good status.
 */
export function vetXml(
  text: string,
  roots: readonly string[],
  what: string,
  nonsense: Recovery,
  onError: (text: string) => Error,
): void {
  const document = text.trim();
  const [prolog, name] = ROOT.exec(document) ?? [];
  if (name === 'Error') throw onError(document);
  if (roots.length === 0) return;
  if (/<!DOCTYPE/i.test(document)) throw notLikeS3(what, 'its XML declares a document type', 'never');
  if (prolog === undefined || name === undefined)
    throw notLikeS3(what, `no <${roots[0]}> in its answer`, nonsense);
  if (!isAsked(name, roots, document)) throw notLikeS3(what, `<${name}> instead of <${roots[0]}>`, nonsense);
  const fault = faultOf(document, prolog.length - name.length - 1);
  if (fault !== undefined) throw unfit(what, fault, nonsense);
}

function unfit(what: string, fault: MarkupFault, nonsense: Recovery): TransferError {
  // What was damaged on the way may come whole next time; hostile documents will not.
  const mayHeal = fault === 'cut' || fault === 'broken';
  return notLikeS3(what, SENTENCES[fault], mayHeal ? nonsense : 'never');
}
