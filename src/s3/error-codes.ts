import type { ErrorKind, Recovery } from '../transfer/errors.ts';

/** What an error code says beyond its status. `recovery` defaults to that of the kind. */
export type Verdict = { readonly kind: ErrorKind; readonly recovery?: Recovery; readonly hint?: string };

const UNKNOWN_KEY: Verdict = {
  kind: 'denied',
  hint: 'The access key is not known to this endpoint; check ACCESS_KEY_ID and --endpoint-url.',
};

/** Codes that mean more than their status (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). A map, since the server chooses the word. */
export const VERDICTS: ReadonlyMap<string, Verdict> = new Map(
  Object.entries<Verdict>({
    RequestTimeout: { kind: 'network', recovery: 'again' },
    SlowDown: { kind: 'throttled' },
    Throttling: { kind: 'throttled' },
    RequestLimitExceeded: { kind: 'throttled' },
    BadDigest: { kind: 'corrupt' },
    InvalidDigest: { kind: 'corrupt' },
    XAmzContentSHA256Mismatch: { kind: 'corrupt' },
    XAmzContentChecksumMismatch: { kind: 'corrupt' },
    IncompleteBody: { kind: 'corrupt' },
    InternalError: { kind: 'server', recovery: 'again' },
    OperationAborted: { kind: 'server', recovery: 'again' },
    NotImplemented: { kind: 'unsupported' },
    PreconditionFailed: { kind: 'precondition' },
    ConditionalRequestConflict: { kind: 'precondition' },
    AccessDenied: {
      kind: 'denied',
      hint: 'These credentials may not do this; check the policy of the key and the bucket.',
    },
    InvalidAccessKeyId: UNKNOWN_KEY,
    // versitygw's answer to an unknown access key, with status 404.
    XAdminUserNotFound: UNKNOWN_KEY,
    SignatureDoesNotMatch: {
      kind: 'denied',
      hint: 'The secret key does not belong to the access key, or something on the way changes requests.',
    },
    ExpiredToken: {
      kind: 'denied',
      hint: 'The session has expired; get new credentials, then run the command again.',
    },
    InvalidToken: { kind: 'denied', hint: 'The session token does not belong to the keys.' },
    AuthorizationHeaderMalformed: { kind: 'denied', hint: 'The region may be wrong; name it with --region.' },
    InvalidObjectState: {
      kind: 'server',
      recovery: 'never',
      hint: 'The object is archived: restore it first.',
    },
    NoSuchBucket: {
      kind: 'not-found',
      hint: 'Check the name of the bucket; "partwise ls" lists the ones you own.',
    },
  }),
);
