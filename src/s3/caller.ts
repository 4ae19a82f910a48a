import type { S3Client } from '@aws-sdk/client-s3';
import { detailsOf, TransferError } from '../transfer/errors.ts';
import { isAboutClock } from './errors.ts';

type Headers = Readonly<Record<string, string>>;

/** A client, and what this side can do about a refusal before the same request is sent again. */
export type Caller = {
  readonly client: S3Client;
  /** Told of a refusal of a request that was begun at `startedAt`; the error may come back as one worth repeating. */
  reconsider(error: TransferError, headers: Headers, startedAt: number): Promise<TransferError>;
};

export type CallerOptions = {
  readonly hasProvider: boolean;
  /** The address is one of AWS's own, which follows from the region. */
  readonly followsRegion: boolean;
};

/**
 * Gives three refusals a second chance, once in a run each: a clock that is off is corrected by the server's, a
 * session that has expired is asked for anew where keys come from a provider, and on AWS's own addresses a bucket of
 * another region is looked for there. No other redirect is ever followed: it would carry keys to strangers.
 */
export function createCaller(client: S3Client, options: CallerOptions): Caller {
  const clock = once(async (headers) => {
    const offset = Date.parse(headers['date'] ?? '') - Date.now();
    if (!Number.isFinite(offset)) return false;
    client.config.systemClockOffset = offset;
    return true;
  });
  const session = once(async () => {
    if (!options.hasProvider) return false;
    const renewed: unknown = await client.config.credentials({ forceRefresh: true });
    return renewed !== undefined;
  });
  const region = once(async (headers) => {
    const told = headers[REGION];
    if (told === undefined) return false;
    client.config.region = () => Promise.resolve(told);
    return true;
  });
  const mendOf = (error: TransferError, headers: Headers): Mend | undefined => {
    if (isAboutClock(error.status, error.code, headers['date'])) return clock;
    if (error.code === 'ExpiredToken') return session;
    // Many things are refused with a 400; the one chance is for an answer that names a region.
    return options.followsRegion && headers[REGION] !== undefined && isElsewhere(error) ? region : undefined;
  };
  return {
    client,
    async reconsider(error, headers, startedAt) {
      const isMended = await mendOf(error, headers)?.(startedAt, headers);
      if (!isMended) return error;
      return new TransferError(error.kind, error.message, { ...detailsOf(error), recovery: 'at-once' });
    },
  };
}

type Mend = (startedAt: number, headers: Headers) => Promise<boolean>;

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
