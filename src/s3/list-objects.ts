import { detailsOf, TransferError } from '../transfer/errors.ts';
import type { ListedEntry, ListOptions } from '../transfer/ports.ts';
import type { Capabilities } from './capabilities.ts';
import { notLikeS3 } from './errors.ts';
import { isDirectoryBucket, mustLieUnder, watchProgress } from './list-progress.ts';
import { liesBehind, nameOf } from './listed-names.ts';
import type { AskPage, ObjectPage, PageQuestion, Place } from './object-page.ts';

type Question = Omit<PageQuestion, 'version'>;
/** A page, and where the one after it begins. */
type Step = { readonly entries: readonly ListedEntry[]; readonly next: Place | undefined };
/** How pages are asked for, and by which version. */
type Asking = { readonly ask: AskPage; readonly capabilities: Pick<Capabilities, 'listing' | 'listByV1'> };

/**
 * The objects and common prefixes of a bucket, in key order, page by page; by the first version of the request where
 * the server does not know the second.
 */
export async function* listObjects(
  asking: Asking,
  bucket: string,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<readonly ListedEntry[]> {
  const what = `list s3://${bucket}/${prefix}`;
  const { delimiter, startAfter = '', limit = Number.POSITIVE_INFINITY } = options;
  const progress = watchProgress(what, !isDirectoryBucket(bucket));
  let left = limit;
  let before: readonly ListedEntry[] = [];
  let last = startAfter;
  for (let place: Place | undefined = { token: '', after: startAfter }; place && left > 0; ) {
    const maxKeys = left < 1000 ? left : undefined;
    const found: Step = await stepOf(asking, { what, bucket, prefix, delimiter, maxKeys, place, options });
    mustLieUnder(what, prefix, found.entries);
    const behindLast = behind(found.entries, last);
    const isAllBehind = behindLast.length === found.entries.length;
    // A server that ignores where the page was to begin says again what is known. Other names that do not lie behind
    // the last page are no repetition: not every server sorts as S3 does.
    const unseen = isAllBehind ? behindLast : without(before, behind(found.entries, startAfter));
    const fresh = unseen.slice(0, left);
    progress.page(fresh.length, behindLast.length > 0);
    before = found.entries;
    left -= fresh.length;
    last = nameAtEnd(behindLast) ?? last;
    if (fresh.length > 0 || found.next) yield fresh;
    if (found.next && isSame(found.next, place) && left > 0)
      throw notLikeS3(what, 'its listing does not advance', 'never');
    place = found.next;
  }
}

/** Entries that were not on the page before. */
function without(before: readonly ListedEntry[], entries: readonly ListedEntry[]): readonly ListedEntry[] {
  const known = new Set(before.map(nameOf));
  return entries.filter((entry) => !known.has(nameOf(entry)));
}

/** A server that does not know where the first page was to begin sends what lies before, too. */
function behind(entries: readonly ListedEntry[], after: string): readonly ListedEntry[] {
  if (after === '') return entries;
  const isFresh = liesBehind(after);
  return entries.every(isFresh) ? entries : entries.filter(isFresh);
}

/** A repeated marker or token would go round in a circle. */
function isSame(next: Place, place: Place): boolean {
  return next.token === '' ? next.after === '' || next.after === place.after : next.token === place.token;
}

async function stepOf(asking: Asking, question: Question): Promise<Step> {
  const { ask, capabilities } = asking;
  if (capabilities.listing === 'v1') return await stepByV1(ask, question);
  try {
    const page = await ask({ ...question, version: 'v2', options: givingUpSoon(question.options) });
    const { entries, nextToken } = page;
    if (!page.isTruncated) return { entries, next: undefined };
    if (nextToken !== '' || page.isCounted)
      return { entries, next: { token: nextToken, after: nameAtEnd(entries) ?? question.place.after } };
  } catch (error) {
    if (!(error instanceof TransferError) || !isAboutVersion(error)) throw error;
    const step = await stepByV1(ask, question).catch(() => Promise.reject(error));
    capabilities.listByV1(
      error.kind === 'unsupported'
        ? 'the server does not know ListObjectsV2'
        : `the server fails at ListObjectsV2 (${error.status})`,
    );
    return step;
  }
  // A truncated page with neither count nor token is one of the first version: the server ignored the second, and
  // where it was to begin.
  capabilities.listByV1('the server cut a page of ListObjectsV2 short without saying where the next begins');
  return await stepByV1(ask, question);
}

/** So often a page is asked for before the first version is tried, which then has all the attempts there are. */
const SERVER_FAILURES = 3;

/** Makes a failure of the server final once it has come so often. */
function givingUpSoon(options: PageQuestion['options']): PageQuestion['options'] {
  const repeat: PageQuestion['options']['repeat'] = async (request) => {
    let failures = 0;
    return await options.repeat(() =>
      request().catch((error: unknown) => {
        if (!(error instanceof TransferError) || !isAboutVersion(error) || ++failures < SERVER_FAILURES)
          throw error;
        throw new TransferError(error.kind, error.message, { ...detailsOf(error), recovery: 'never' });
      }),
    );
  };
  return { ...options, repeat };
}

/** Not implemented; or, as s3rver has it on newer versions of Node, a failure of every page but the last. */
function isAboutVersion({ kind, status = 0 }: TransferError): boolean {
  return kind === 'unsupported' || (kind === 'server' && status >= 500);
}

async function stepByV1(ask: AskPage, question: Question): Promise<Step> {
  const page: ObjectPage = await ask({ ...question, version: 'v1' });
  const { entries, nextMarker } = page;
  if (!page.isTruncated) return { entries, next: undefined };
  // The marker is told only with a delimiter, and not by every server then.
  return { entries, next: { token: '', after: nextMarker || (nameAtEnd(entries) ?? '') } };
}

function nameAtEnd(entries: readonly ListedEntry[]): string | undefined {
  const last = entries.at(-1);
  return last && nameOf(last);
}
