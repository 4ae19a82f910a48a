import type { S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import { createSigner, type Sign, type SignatureTerms, signRequest } from './signature.ts';

/** The one key pair the server knows. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A request whose signature was right, with what it takes to check the signatures of its chunks. */
export interface Authorisation {
  readonly terms: SignatureTerms;
  readonly signature: string;
  readonly sign: Sign;
}

interface Claim {
  readonly accessKeyId: string;
  readonly terms: SignatureTerms;
  readonly signature: string;
  /** Milliseconds after signing; header signatures allow the clock skew only. */
  readonly expiresMs: number | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 15 * 60 * 1000;
const LONGEST_PRESIGNED_SECONDS = 7 * 24 * 3600;

/**
 * Checks signature version 4 in the Authorization header or in a presigned address. A time is right when it is right by
 * one of `clocks`: SDKs set their own clock by the Date header, so a server whose clock was moved must take both.
 */
export function authorise(
  request: S3Request,
  credentials: Credentials,
  clocks: readonly Date[],
): Authorisation {
  const claim = request.query.has('X-Amz-Signature') ? readPresigned(request) : readHeader(request);
  if (claim.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error(
      403,
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  const sign = createSigner(credentials.secretAccessKey, claim.terms.scope);
  if (signRequest(request, claim.terms, sign) !== claim.signature) {
    throw new S3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  checkTime(claim, clocks);
  checkSignedHeaders(request, claim.terms.signedHeaders);
  return { terms: claim.terms, signature: claim.signature, sign };
}

function readHeader(request: S3Request): Claim {
  const header = request.headers.get('authorization');
  if (header === undefined) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  const match =
    /^AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(header);
  const payloadHash = request.headers.get('x-amz-content-sha256');
  if (match === null) throw malformed('AuthorizationHeaderMalformed');
  if (payloadHash === undefined) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  return {
    ...readCredential(credential, 'AuthorizationHeaderMalformed'),
    terms: {
      signedHeaders: signedHeaders.split(';'),
      payloadHash,
      timestamp: request.headers.get('x-amz-date') ?? '',
      scope: scopeOf(credential),
    },
    signature,
    expiresMs: undefined,
  };
}

function readPresigned(request: S3Request): Claim {
  const read = (name: string): string => request.query.get(`X-Amz-${name}`) ?? '';
  const expiresSeconds = Number(read('Expires'));
  const expires = expiresSeconds > 0 && expiresSeconds <= LONGEST_PRESIGNED_SECONDS;
  if (read('Algorithm') !== ALGORITHM || !expires) throw malformed('AuthorizationQueryParametersError');
  return {
    ...readCredential(read('Credential'), 'AuthorizationQueryParametersError'),
    terms: {
      signedHeaders: read('SignedHeaders').split(';'),
      payloadHash: request.headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
      timestamp: read('Date'),
      scope: scopeOf(read('Credential')),
    },
    signature: read('Signature'),
    expiresMs: expiresSeconds * 1000,
  };
}

function readCredential(credential: string, code: string): { readonly accessKeyId: string } {
  const match = /^([^/]+)\/\d{8}\/[^/]+\/s3\/aws4_request$/.exec(credential);
  if (match === null) throw malformed(code);
  return { accessKeyId: match[1] ?? '' };
}

function scopeOf(credential: string): string {
  return credential.slice(credential.indexOf('/') + 1);
}

function checkTime(claim: Claim, clocks: readonly Date[]): void {
  const signedAtMs = parseTimestamp(claim.terms.timestamp);
  const agesMs = clocks.map((clock) => clock.getTime() - signedAtMs);
  const { expiresMs } = claim;
  const sameDay = claim.terms.scope.startsWith(`${claim.terms.timestamp.slice(0, 8)}/`);
  if (Number.isNaN(signedAtMs) || !sameDay) {
    throw new S3Error(403, 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  if (expiresMs !== undefined && agesMs.every((ageMs) => ageMs > expiresMs)) {
    throw new S3Error(403, 'AccessDenied', 'Request has expired');
  }
  if (agesMs.every((ageMs) => ageMs < -SKEW_MS || ageMs > (expiresMs ?? SKEW_MS))) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
}

function parseTimestamp(timestamp: string): number {
  return Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function mustBeSigned(name: string): boolean {
  return name === 'host' || name.startsWith('x-amz-');
}

function checkSignedHeaders(request: S3Request, signed: readonly string[]): void {
  // A header of the payload's hash is part of what is signed even when it is not listed.
  const unsigned = [...request.headers.keys()].filter(
    (name) => mustBeSigned(name) && name !== 'x-amz-content-sha256' && !signed.includes(name),
  );
  if (unsigned.length > 0) {
    throw new S3Error(
      403,
      'AccessDenied',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    );
  }
}

function malformed(code: string): S3Error {
  return new S3Error(400, code, 'The authorization you provided is malformed.');
}
