import { createHash, createHmac } from 'node:crypto';
import { decode, type S3Request } from './request.ts';

/** What a signature was made with, apart from the request itself. */
export interface SignatureTerms {
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  /** `20261123T060054Z` */
  readonly timestamp: string;
  /** `20261123/us-east-1/s3/aws4_request` */
  readonly scope: string;
}

/** Signs texts with a key good for one day, region and service. */
export type Sign = (text: string) => string;

/** Derives the day's signing key from the secret. */
export function createSigner(secretAccessKey: string, scope: string): Sign {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const step of scope.split('/')) key = createHmac('sha256', key).update(step).digest();
  return (text) => createHmac('sha256', key).update(text).digest('hex');
}

/** The signature version 4 this request ought to carry. */
export function signRequest(request: S3Request, terms: SignatureTerms, sign: Sign): string {
  const canonical = [
    request.method,
    request.rawPath.split('/').map(recode).join('/'),
    canonicalQuery(request.rawQuery),
    ...terms.signedHeaders.map((name) => `${name}:${collapse(request.headers.get(name) ?? '')}`),
    '',
    terms.signedHeaders.join(';'),
    terms.payloadHash,
  ].join('\n');
  return sign(['AWS4-HMAC-SHA256', terms.timestamp, terms.scope, hashText(canonical)].join('\n'));
}

/** SHA-256 of a text, in hex. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Encodes everything but the unreserved characters, as signature version 4 and S3's listings do. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalQuery(rawQuery: string): string {
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='))
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return `${recodeQuery(name)}=${recodeQuery(value.join('='))}`;
    })
    .toSorted()
    .join('&');
}

// Clients differ in what they leave unencoded on the wire; both sides of the signature agree on this form.
function recode(text: string): string {
  return encodeStrictly(decode(text));
}

function recodeQuery(text: string): string {
  return recode(text.replaceAll('+', '%20'));
}

function collapse(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}
