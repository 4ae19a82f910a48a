import { interruption, type Recovery, TransferError, UNEXPECTED_RESPONSE } from '../transfer/errors.ts';
import { type Verdict, VERDICTS } from './error-codes.ts';
import { isRegionName } from './hosts.ts';
import { isOurs } from './our-error.ts';
import { parseServerDate } from './server-date.ts';

/** A refusal as it came over the wire. */
export type Refusal = {
  readonly status: number;
  /** The `Code` of the error document; empty for an answer without one (HEAD). */
  readonly code: string;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The answer is a web page, not an S3 answer. */
  readonly isHtml: boolean;
};

/** Classifies a refusal and says it in one sentence. `what` begins it: "put s3://b/k". */
export function refused(what: string, refusal: Refusal): TransferError {
  const { status, code, requestId, headers } = refusal;
  const verdict = VERDICTS.get(code) ?? clockVerdict(refusal) ?? byStatus(refusal);
  const said = refusal.isHtml
    ? `the server answered ${status} with a web page, not like S3`
    : [code || (WITHOUT_CODE.get(status) ?? `HTTP ${status}`), refusal.message].filter(Boolean).join(': ');
  const request = requestId ? ` (request ${requestId})` : '';
  return new TransferError(verdict.kind, `${what}: ${said}${request}`, {
    recovery: verdict.recovery,
    hint: verdict.hint,
    code: refusal.isHtml ? 'WebPage' : code || undefined,
    status,
    requestId,
    retryAfterMs: retryAfterMs(headers),
  });
}

/** An answer to HEAD has no document that could say more. */
const WITHOUT_CODE: ReadonlyMap<number, string> = new Map([
  [400, 'bad request (400), without a reason'],
  [403, 'access denied (403)'],
  [404, 'no such key or bucket (404)'],
  [412, 'the condition does not hold (412)'],
  [501, 'not implemented by this server (501)'],
]);

/** How far S3 lets a clock be off. */
const SKEW_ALLOWED_MS = 15 * 60_000;

/** Whether a refusal means that the clock is off: HEAD has no document to say so, but its time does. */
export function isAboutClock(
  status: number | undefined,
  code: string | undefined,
  serverDate: string | undefined,
): boolean {
  if (code === 'RequestTimeTooSkewed') return true;
  const skewMs = Math.abs(Date.now() - timeOf(serverDate));
  return status === 403 && !code && skewMs > SKEW_ALLOWED_MS;
}

function clockVerdict({ status, code, headers }: Refusal): Verdict | undefined {
  if (!isAboutClock(status, code, headers['date'])) return undefined;
  const minutes = Math.round((Date.now() - timeOf(headers['date'])) / 60_000);
  // A clock that was corrected meanwhile is no longer off by anything that could be told.
  const howFar = Number.isNaN(minutes) || minutes === 0 ? '' : ` by ${Math.abs(minutes)} minutes`;
  return { kind: 'denied', hint: `This machine's clock differs from the server's${howFar}; set it.` };
}

function byStatus({ status, headers, isHtml }: Refusal): Verdict {
  // Proxies and limiters before the server say so by a page of their own.
  if (status === 408) return { kind: 'network', recovery: 'again' };
  if (status === 429 || status === 503) return { kind: 'throttled' };
  if (isHtml && (status < 500 || status === 501)) {
    return {
      kind: 'server',
      recovery: 'never',
      hint: 'Is --endpoint-url the address of the S3 service, not of its web console?',
    };
  }
  const isRedirect = status >= 300 && status < 400 && status !== 304;
  if (isRedirect || (status === 400 && headers['x-amz-bucket-region'])) {
    const region = regionNamed(headers);
    const hint = region
      ? `The bucket is in region ${region}: name it with --region ${region}.`
      : 'The bucket lives at another endpoint or region; name it with --endpoint-url or --region.';
    return { kind: 'server', recovery: 'never', hint };
  }
  if (status === 304 || status === 412) return { kind: 'precondition' };
  if (status === 401 || status === 403)
    return { kind: 'denied', hint: 'Check the credentials, and whether they may do this.' };
  if (status === 404) return { kind: 'not-found' };
  if (status === 416) return { kind: 'changed' };
  if (status === 405 || status === 501) return { kind: 'unsupported' };
  if (status >= 500 && status !== 505) return { kind: 'server', recovery: 'again' };
  return { kind: 'server', recovery: 'never' };
}

/** The region a server names, unless it could not be one: the hint reads like a command to copy. */
function regionNamed(headers: Readonly<Record<string, string>>): string | undefined {
  const region = headers['x-amz-bucket-region'];
  return region !== undefined && isRegionName(region) ? region : undefined;
}

/** Retry-After in seconds or as a date, judged by the server's own clock. */
function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : timeOf(value) - timeOf(headers['date']);
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** In milliseconds; `NaN` for what is no time. */
function timeOf(text: string | undefined): number {
  return parseServerDate(text ?? '') ?? Number.NaN;
}

/** An answer with a good status that no S3 server would give. */
export function notLikeS3(what: string, how: string, recovery: Recovery = 'again'): TransferError {
  return new TransferError('server', `${what}: the server does not answer like S3: ${how}`, {
    recovery,
    code: UNEXPECTED_RESPONSE,
    hint: 'Is --endpoint-url the address of an S3 service?',
  });
}

/** Failures before or beside an answer, by the system's code. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'TimeoutError',
  'ECONNABORTED',
]);
/** Of these, the ones that come before a byte could be sent. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);
const UNTRUSTED = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|ERR_SSL_TLSV|HOSTNAME_MISMATCH)/;

/**
 * Turns anything thrown by the SDK or a socket into a `TransferError`. The signal is looked at first: an
 * aborted request shows up as a broken connection.
 */
export function asTransferError(
  what: string,
  error: unknown,
  signal: AbortSignal,
  answered: boolean,
): TransferError {
  if (signal.aborted) return interruption(signal);
  const ours = isOurs(error);
  if (ours) return ours;
  const code = codeOf(error);
  const message = messageOf(error);
  if (/credential/i.test(code) || /could not load credentials/i.test(message)) {
    return new TransferError('denied', `${what}: no credentials: ${message}`, {
      cause: error,
      code,
      hint: 'Set ACCESS_KEY_ID and SECRET_KEY, AWS_ variables, or --profile.',
    });
  }
  if (UNTRUSTED.test(code)) {
    return new TransferError('network', `${what}: the server's certificate is not trusted: ${message}`, {
      cause: error,
      code,
      recovery: 'never',
      hint: 'If the server is yours, name its authority with --ca-bundle.',
      isUnsent: true,
    });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return new TransferError('network', `${what}: no TLS at this address (${code})`, {
      cause: error,
      code,
      recovery: 'never',
      hint: 'Does the endpoint speak plain http? Then write http:// in --endpoint-url.',
      isUnsent: true,
    });
  }
  if (code.startsWith('HPE_')) {
    return new TransferError('network', `${what}: the server does not speak HTTP: ${message}`, {
      cause: error,
      code,
      recovery: 'never',
      hint: 'Check the port of --endpoint-url; a TLS port needs https://.',
    });
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    // Others will close theirs: nothing is wrong with the endpoint.
    return new TransferError('disk', `${what}: too many files and connections are open (${code})`, {
      cause: error,
      code,
      recovery: 'wait',
      hint: 'Allow more with "ulimit -n", or move fewer things at a time: --concurrency, --jobs.',
    });
  }
  if (AWAY.has(code) || /socket hang up|aborted|other side closed/i.test(message)) {
    // Before a byte of the answer the endpoint is away; later, this very answer broke off.
    return new TransferError('network', `${what}: ${sentenceOf(code, message)}`, {
      cause: error,
      code,
      recovery: answered ? 'again' : 'wait',
      isUnsent: UNREACHED.has(code),
    });
  }
  // Neither the system nor the server said no: the request could not be made, and the next one cannot either.
  if (!answered && !/^E[A-Z0-9]+$/.test(code)) {
    return new TransferError('server', `${what}: the request could not be sent: ${message}`, {
      cause: error,
      code,
      recovery: 'never',
    });
  }
  return new TransferError('server', `${what}: the answer cannot be understood: ${message}`, {
    cause: error,
    code,
  });
}

const SENTENCES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was cut',
    EPIPE: 'the connection was cut',
    ENOTFOUND: 'the host name is not known',
    EAI_AGAIN: 'the host name could not be looked up',
    EHOSTUNREACH: 'the host cannot be reached',
    ENETUNREACH: 'the network cannot be reached',
    ETIMEDOUT: 'the connection timed out',
    TimeoutError: 'the connection timed out',
  }),
);

function sentenceOf(code: string, message: string): string {
  const sentence = SENTENCES.get(code);
  // Node names the address only in its message: "connect ECONNREFUSED 127.0.0.1:9000".
  const address = /\b(?:connect|getaddrinfo) [A-Z_]+ (\S+)/.exec(message)?.[1];
  return sentence ? `${sentence} (${[code, address].filter(Boolean).join(' ')})` : message;
}

/** The system's or the SDK's name for an error, looked for in its causes too. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // Node tries every address of a name and reports the failures together.
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
    if (at.name !== 'Error' && at.name !== 'TypeError') return at.name;
  }
  return '';
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
