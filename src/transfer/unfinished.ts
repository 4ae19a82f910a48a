import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import type { UnfinishedUpload } from './ports.ts';
import { paged } from './retry.ts';

/** What an unfinished upload holds, and when something last happened to it. */
export type Activity = {
  readonly parts: number | null;
  readonly bytes: number | null;
  /** The newest of its beginning and its parts; `undefined` when that cannot be told. */
  readonly lastActivity: Date | undefined;
};

export type InspectedUpload = UnfinishedUpload & Activity;

/**
 * Lists the parts of an upload. When the server refuses, the activity is unknown; an upload that went away
 * meanwhile is `undefined`.
 */
export async function inspectUpload(
  engine: Pick<Engine, 'store' | 'run'>,
  upload: UnfinishedUpload,
  signal: AbortSignal,
): Promise<InspectedUpload | undefined> {
  try {
    let parts = 0;
    let bytes = 0;
    let newest = believable(upload.initiated, upload.listedAt);
    let isTold = true;
    for await (const part of engine.store.listParts(upload, paged(engine, signal))) {
      parts++;
      bytes += part.size;
      const moved = believable(part.lastModified, upload.listedAt);
      if (!moved) isTold = false;
      else if (!newest || moved > newest) newest = moved;
    }
    // A part that came at an unknown time may have come just now.
    return { ...upload, parts, bytes, lastActivity: isTold ? newest : undefined };
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    if (error.kind === 'not-found' && error.code !== 'NoSuchBucket') return undefined;
    if (error.kind === 'not-found') throw error;
    if (error.kind === 'interrupted') throw error;
    return { ...upload, parts: null, bytes: null, lastActivity: undefined };
  }
}

/** The same upload judged by its beginning alone, as far as that can be true. */
export function judgedByStart(upload: InspectedUpload): InspectedUpload {
  return { ...upload, lastActivity: believable(upload.initiated, upload.listedAt) };
}

/** S3 began on this day; nothing stored is older. */
const BIRTH_OF_S3 = Date.UTC(2006, 2, 14);
const DAY_MS = 86_400_000;

/** A date that can be true: not before S3 existed, not more than a day ahead of the server's clock. */
function believable(date: Date | undefined, serverNow: Date | undefined): Date | undefined {
  const time = date?.getTime() ?? Number.NaN;
  const latest = (serverNow?.getTime() ?? Number.POSITIVE_INFINITY) + DAY_MS;
  return time >= BIRTH_OF_S3 && time <= latest ? date : undefined;
}

export type Judgement =
  | { readonly verdict: 'stale' }
  /** Not old enough, by one of the two clocks. */
  | { readonly verdict: 'young' }
  /** Nobody can tell how old it is. */
  | { readonly verdict: 'unknown' };

/**
 * Judges an upload by its last activity. Its age is the smaller of two: by the server's clock when it listed
 * the upload, and by the local one; a wrong clock can only keep an upload.
 */
export function judge(upload: InspectedUpload, olderThanMs: number, localNow: number): Judgement {
  const { lastActivity, listedAt } = upload;
  if (!lastActivity || !listedAt) return { verdict: 'unknown' };
  const ageMs = Math.min(listedAt.getTime(), localNow) - lastActivity.getTime();
  return { verdict: ageMs > olderThanMs ? 'stale' : 'young' };
}

/**
 * Refuses to judge anything by clocks that cannot be trusted.
 * @throws TransferError `server` when the server tells no time or one more than a day off
 */
export function checkClocks(listedAt: Date | undefined, localNow: number): { readonly skewMs: number } {
  if (!listedAt) {
    throw new TransferError(
      'server',
      'the server does not say what time it is, so nothing can be judged by age',
      {
        recovery: 'never',
      },
    );
  }
  const skewMs = localNow - listedAt.getTime();
  if (Math.abs(skewMs) > DAY_MS) {
    const hours = Math.round(Math.abs(skewMs) / 3_600_000);
    throw new TransferError(
      'server',
      `the server's clock and this machine's are ${hours} hours apart; nothing was aborted`,
      {
        recovery: 'never',
        hint: 'Set the clock that is wrong, then run the command again.',
      },
    );
  }
  return { skewMs };
}

/**
 * Whether the times of these uploads can be true: several uploads that all began in one instant were given
 * that instant by a server that does not know.
 */
export function haveOwnTimes(uploads: readonly UnfinishedUpload[]): boolean {
  const times = new Set(uploads.map(({ initiated }) => initiated?.getTime()));
  return uploads.length < 2 || times.size > 1;
}
