import { detailsOf, TransferError } from '../transfer/errors.ts';
import { isAboutClock } from './errors.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { parseServerDate } from './server-date.ts';

type Headers = Readonly<Record<string, string>>;

/** The keys that sign; `expiration`: from when on they no longer do. */
export type Identity = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
};

/** Looks keys up, anew when `forceRefresh` is set; those that are known come at once. */
export type IdentityProvider = (options?: { forceRefresh?: boolean }) => Identity | Promise<Identity>;

/**
 * What signs requests, shared by everything that sends some, and what this side can do about a refusal before the
 * same request is sent again.
 */
export type Session = {
  /** The region that is signed for. */
  readonly region: string;
  /** How far this machine's clock is behind the server's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** `undefined`: requests are not signed. */
  readonly identity: IdentityProvider | undefined;
  /** Takes the secrets that requests are signed with out of a text. */
  mask(text: string): string;
  /** Told of a refusal of a request that was begun at `startedAt`; the error may come back as one worth repeating. */
  reconsider(error: TransferError, headers: Headers, startedAt: number): Promise<TransferError>;
  /** Calls `listener`, and waits for it, when one of the three is another one from here on. */
  onMended(listener: () => Promise<unknown>): void;
};

export type SessionOptions = {
  readonly region: string;
  readonly identity: IdentityProvider | undefined;
  readonly secrets?: Secrets | undefined;
  /** Keys that expire can be asked for again. */
  readonly hasProvider: boolean;
  /** The address is one of AWS's own, which follows from the region. */
  readonly followsRegion: boolean;
};

/**
 * Gives three refusals a second chance, once in a run each: a clock that is off is corrected by the server's, a
 * session that has expired is asked for anew where keys come from a provider, and on AWS's own addresses a bucket of
 * another region is looked for there. No other redirect is ever followed: it would carry keys to strangers.
 */
export function createSession(options: SessionOptions): Session {
  const { secrets = createSecrets() } = options;
  const identity = options.identity && noting(options.identity, secrets);
  const listeners: (() => Promise<unknown>)[] = [];
  let region = options.region;
  let clockOffsetMs = 0;
  const mended = async (): Promise<true> => {
    await Promise.all(listeners.map((tell) => tell()));
    return true;
  };
  const clock = once(async (headers) => {
    const offset = (parseServerDate(headers['date'] ?? '') ?? Number.NaN) - Date.now();
    if (!Number.isFinite(offset) || Math.abs(offset) > MOST_SKEW_MS) return false;
    clockOffsetMs = offset;
    return await mended();
  });
  const renewal = once(async () => {
    if (!options.hasProvider || !identity) return false;
    await identity({ forceRefresh: true });
    return await mended();
  });
  const move = once(async (headers) => {
    const told = headers[REGION];
    if (told === undefined) return false;
    region = told;
    return await mended();
  });
  const mendOf = (error: TransferError, headers: Headers): Mend | undefined => {
    if (isAboutClock(error.status, error.code, headers['date'])) return clock;
    if (error.code === 'ExpiredToken') return renewal;
    // Many things are refused with a 400; the one chance is for an answer that names a region.
    return options.followsRegion && headers[REGION] !== undefined && isElsewhere(error) ? move : undefined;
  };
  return {
    get region() {
      return region;
    },
    get clockOffsetMs() {
      return clockOffsetMs;
    },
    identity,
    mask: secrets.mask,
    async reconsider(error, headers, startedAt) {
      const isMended = await mendOf(error, headers)?.(startedAt, headers);
      if (!isMended) return error;
      return new TransferError(error.kind, error.message, { ...detailsOf(error), recovery: 'at-once' });
    },
    onMended: (listener) => void listeners.push(listener),
  };
}

/** Notes the secrets of every identity that is handed out. */
function noting(identity: IdentityProvider, secrets: Secrets): IdentityProvider {
  let last: Identity | undefined;
  const note = (found: Identity): Identity => {
    // The same keys sign many requests.
    if (found === last) return found;
    last = found;
    secrets.add(found.secretAccessKey);
    if (found.sessionToken !== undefined) secrets.add(found.sessionToken);
    return found;
  };
  return (how) => {
    const found = identity(how);
    return found instanceof Promise ? found.then(note) : note(found);
  };
}

type Mend = (startedAt: number, headers: Headers) => Promise<boolean>;

/**
 * Whoever sits between over plain http could name any time, and would have signatures that are good for that time. A
 * clock that is off by more has to be set.
 */
const MOST_SKEW_MS = 86_400_000;

/** What AWS tells the region of a bucket by. */
const REGION = 'x-amz-bucket-region';

/** A redirect to another region, or a signature for the wrong one. */
function isElsewhere({ status, code }: TransferError): boolean {
  return status === 301 || status === 307 || status === 400 || code === 'AuthorizationHeaderMalformed';
}

/**
 * Runs `mend` for the first that asks. Requests that were under way before it was done may go again too: what was
 * wrong with them was the same.
 */
function once(mend: (headers: Headers) => Promise<boolean>): Mend {
  let mending: Promise<boolean> | undefined;
  let mendedAt = Number.POSITIVE_INFINITY;
  return async (startedAt, headers) => {
    if (startedAt >= mendedAt) return false;
    // That nothing could be mended is told by the refusal itself.
    mending ??= mend(headers).catch(() => false);
    const isMended = await mending;
    mendedAt = Math.min(mendedAt, Date.now());
    return isMended;
  };
}
