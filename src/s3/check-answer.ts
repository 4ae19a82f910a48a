import { type Recovery } from '../transfer/errors.ts';
import { collectBody, isHtml, MAX_DOCUMENT_BYTES } from './answer.ts';
import { notLikeS3, refused } from './errors.ts';
import { mendDocument } from './mend-document.ts';
import { vetXml } from './vet-xml.ts';
import { rawElement } from './xml-element.ts';
import { resolveReferences } from './xml-references.ts';

/** What the wire said beside the body. */
export type Seen = { readonly headers: Readonly<Record<string, string>>; readonly status: number };

export type AnswerRules = {
  /** Names the request in errors: "put s3://b/k". */
  readonly what: string;
  /** The elements a good XML answer may begin with; none for an answer without a document. */
  readonly roots?: readonly string[];
  /** How large the document may be. @default 1 MiB */
  readonly maxBytes?: number;
  /** Leaves the body of a good answer unread: the caller streams it. */
  readonly streams?: boolean;
  /** Given the document of a good answer as it came. */
  readonly onDocument?: (text: string) => void;
  /** Whether a document needs no further look: whoever reads it has read it, and nothing in it is unusual. */
  readonly isProven?: (text: string) => boolean;
  /** Takes the secrets out of what is quoted of the answer. @default as it came */
  readonly mask?: ((text: string) => string) | undefined;
  /** Whether an answer that makes no sense is worth repeating. @default 'again', but 'never' for a web page */
  readonly nonsense?: Recovery;
};

export function isGood({ status }: Seen): boolean {
  return status >= 200 && status < 300;
}

/**
 * Reads the document of an answer and checks it before anybody believes it: status, error documents under a good
 * status, web pages, oversized or hostile XML.
 * @throws TransferError the refusal, or that this is not S3
 */
export async function readDocument(seen: Seen, body: unknown, rules: AnswerRules): Promise<string> {
  const { what, roots } = rules;
  const { status, headers } = seen;
  const text = await collectBody(body, what, rules.maxBytes ?? MAX_DOCUMENT_BYTES);
  if (!isGood(seen)) throw refusalOf(what, status, headers, text, rules.mask);
  if (isHtml(text, headers)) throw notLikeS3(what, 'it sent a web page', rules.nonsense ?? 'never');
  if (roots === undefined || rules.isProven?.(text)) return text;
  vetXml(text, roots, what, rules.nonsense ?? 'again', (document) =>
    refusalOf(what, 500, headers, document, rules.mask),
  );
  rules.onDocument?.(text);
  // What has no document has nothing to mend, and was not vetted.
  return roots.length === 0 ? text : mendDocument(text);
}

/** Reads the error document ourselves: the SDK makes "UnknownError" of what it does not expect. */
function refusalOf(
  what: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  mask: (text: string) => string = (same) => same,
): Error {
  const quote = (name: string): string => mask(elementOf(text, name)).slice(0, MOST_QUOTED);
  const code = quote('Code');
  return refused(what, {
    // An error document under a good status says by its code alone what it means.
    status: status === 500 && code === 'AccessDenied' ? 403 : status,
    code,
    message: quote('Message'),
    requestId: mask(headers['x-amz-request-id'] ?? quote('RequestId')) || undefined,
    headers,
    isHtml: isHtml(text, headers),
  });
}

/** So much of what a server says is repeated. Secrets are taken out before: half of one would not be recognised. */
const MOST_QUOTED = 500;

function elementOf(xml: string, name: string): string {
  return resolveReferences((rawElement(xml, name) ?? '').trim(), (_, written) => written);
}
