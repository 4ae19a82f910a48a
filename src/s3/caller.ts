import type { S3Client } from '@aws-sdk/client-s3';
import { detailsOf, TransferError } from '../transfer/errors.ts';
import { isAboutClock } from './errors.ts';

/** A client, and what this side can do about a refusal before the same request is sent again. */
export type Caller = {
  readonly client: S3Client;
  /** Told of a refusal of a request that was begun at `startedAt`; the error may come back as one worth repeating. */
  reconsider(error: TransferError, serverDate: string | undefined, startedAt: number): Promise<TransferError>;
};

/**
 * Gives two refusals a second chance, once in a run each: a clock that is off is corrected by the server's, and
 * a session that has expired is asked for anew where keys come from a provider.
 */
export function createCaller(client: S3Client, options: { readonly hasProvider: boolean }): Caller {
  const clock = once(async (serverDate: string | undefined) => {
    const offset = Date.parse(serverDate ?? '') - Date.now();
    if (!Number.isFinite(offset)) return false;
    client.config.systemClockOffset = offset;
    return true;
  });
  const session = once(async () => {
    if (!options.hasProvider) return false;
    const renewed: unknown = await client.config.credentials({ forceRefresh: true });
    return renewed !== undefined;
  });
  return {
    client,
    async reconsider(error, serverDate, startedAt) {
      const isMended = isAboutClock(error.status, error.code, serverDate)
        ? await clock(startedAt, serverDate)
        : error.code === 'ExpiredToken' && (await session(startedAt, undefined));
      if (!isMended) return error;
      return new TransferError(error.kind, error.message, { ...detailsOf(error), recovery: 'again' });
    },
  };
}

/**
 * Runs `mend` for the first that asks. Requests that were under way before it was done may go again too: what was
 * wrong with them was the same.
 */
function once<T>(mend: (value: T) => Promise<boolean>): (startedAt: number, value: T) => Promise<boolean> {
  let mending: Promise<boolean> | undefined;
  let mendedAt = Number.POSITIVE_INFINITY;
  return async (startedAt, value) => {
    if (startedAt >= mendedAt) return false;
    // That nothing could be mended is told by the refusal itself.
    mending ??= mend(value).catch(() => false);
    const isMended = await mending;
    mendedAt = Math.min(mendedAt, Date.now());
    return isMended;
  };
}
