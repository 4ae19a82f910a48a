import { interruption, throwIfAborted, TransferError } from '../errors.ts';
import type { ListOptions, Store } from '../ports.ts';
import { chosenFolders, folderOf, folderWithin } from './folders.ts';
import { split, type Probe } from './split.ts';
import { splitPoints } from './split-points.ts';
import { addPage, end, isInOrder, nameOf, type Page, type Stretch, wholeBehind } from './stretch.ts';

export type LanesOptions = ListOptions & {
  /** Requests at once. */
  readonly lanes: number;
  /** Told why the rest is listed by one lane after all. */
  readonly onSequential?: ((why: string) => void) | undefined;
};

/** Pages that may wait for their turn, for each lane. */
const PAGES_AHEAD = 2;
/** A stretch of fewer pages is not worth the question where to split it. */
const LEAST_PAGES = 2;
/** After so many rounds of questions without an answer that helps, a stretch is left whole. */
const MOST_FAILURES = 4;
const MOST_DEPTH = 8;
const NOBODY_WAITS = (): void => undefined;
const DOES_NOT_BEGIN = 'the server does not begin where it is told to';

/**
 * Lists the objects below a prefix over several stretches of keys at once, and hands the pages on in key order. Where
 * the stretches lie is found out on the way: by asking for the first key behind guessed ones. What lies next is split
 * finest, so that lanes work where pages are wanted soon.
 */
export async function* listInLanes(
  store: Pick<Store, 'listObjects'>,
  bucket: string,
  prefix: string,
  options: LanesOptions,
): AsyncGenerator<Page> {
  const { lanes, limit = Number.POSITIVE_INFINITY } = options;
  const window = lanes * PAGES_AHEAD;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const asking = { signal, repeat: options.repeat };
  const stretches: Stretch[] = [wholeBehind(prefix, options.startAfter ?? '')];
  const begun = new Set<AsyncIterator<Page>>();
  const running = new Set<Promise<void>>();
  let asked = 0;
  /** Guesses that are still allowed: as many as there are pages, and a few to begin with. */
  let guesses = 2 * lanes;
  let failure: { readonly error: unknown } | undefined;
  let isSequential = false;
  let wake = NOBODY_WAITS;

  const run = (requests: number, work: () => Promise<void>): void => {
    asked += requests;
    const done = work()
      .finally(() => (asked -= requests))
      .then(() => void (failure || startMore()))
      .catch((error: unknown) => {
        failure ??= { error };
        stop.abort(error);
      })
      .finally(() => {
        running.delete(done);
        wake();
      });
    running.add(done);
  };

  /** What is being listed now goes on to the end, or what follows it is listed as one. */
  const goOnAlone = (why: string): void => {
    if (isSequential) return;
    isSequential = true;
    options.onSequential?.(why);
    const current = stretches.find(({ isDone }) => !isDone);
    if (!current) return;
    const { until, within } = current;
    const isOfAll = within === prefix;
    if (isOfAll) current.until = undefined;
    const rest = isOfAll || until === undefined ? [] : [wholeBehind(prefix, until)];
    stretches.splice(stretches.indexOf(current) + 1, stretches.length, ...rest);
  };

  const fetchPage = async (stretch: Stretch): Promise<void> => {
    const { position, within } = stretch;
    const from = { ...asking, ...(position !== '' && { startAfter: position }) };
    const listing = stretch.listing ?? store.listObjects(bucket, within, from)[Symbol.asyncIterator]();
    stretch.listing = listing;
    begun.add(listing);
    const { value, done } = await listing.next();
    guesses++;
    if (!done) {
      if (value.length === 0 && position !== '') goOnAlone(DOES_NOT_BEGIN);
      if (!isSequential && !isInOrder(value, position)) {
        if (stretches.length > 1) throw unordered(`list s3://${bucket}/${prefix}`);
        goOnAlone('the server lists keys in no order');
      }
      giveOn(stretch, addPage(stretch, value));
    }
    if (!done && !stretch.isDone) return;
    end(stretch);
    // What is suspended holds its last page.
    begun.delete(listing);
    await listing.return?.();
  };

  /** What came beyond the end of a stretch belongs to those behind it that nobody has begun with. */
  const giveOn = (stretch: Stretch, page: Page): void => {
    const place = stretches.indexOf(stretch);
    let rest = place === -1 ? [] : page;
    for (let at = place + 1; rest.length > 0 && at < stretches.length; at++) {
      const next = stretches[at];
      if (!next || next.listing || next.isDone) return;
      rest = addPage(next, rest);
    }
  };

  const firstBehind = async (point: string): Promise<Probe | 'ignored'> => {
    for await (const page of store.listObjects(bucket, prefix, { ...asking, startAfter: point, limit: 1 })) {
      const [entry] = page;
      return entry ? { point, first: nameOf(entry) } : 'ignored';
    }
    return { point, first: undefined };
  };

  const splitUp = async (stretch: Stretch, points: readonly string[]): Promise<void> => {
    const probes = await Promise.all(points.map(firstBehind));
    stretch.isProbing = false;
    const answered = probes.filter((probe) => probe !== 'ignored');
    if (answered.length < probes.length) goOnAlone(DOES_NOT_BEGIN);
    if (!isSequential) addBehind(stretch, split(stretch, answered));
  };

  const splitAtFolders = async (stretch: Stretch, within: string, low: string): Promise<void> => {
    let folder = within;
    let names: readonly string[] = [];
    // A folder that holds but one other says nothing.
    for (let depth = 0; names.length < 2 && depth < MOST_DEPTH; depth++) {
      folder = names[0] ?? folder;
      names = await namesIn(folder, low);
      if (names[0] === undefined || !names[0].endsWith('/') || !low.startsWith(names[0])) break;
    }
    stretch.isProbing = false;
    const { points, pagesEach } = chosenFolders(names, folder, stretch.recent);
    if (!isSequential) addBehind(stretch, split(stretch, points, pagesEach));
  };

  const namesIn = async (folder: string, low: string): Promise<readonly string[]> => {
    const within = { ...asking, startAfter: low, delimiter: '/' };
    for await (const page of store.listObjects(bucket, folder, within)) return page.map(nameOf);
    return [];
  };

  const addBehind = (stretch: Stretch, more: readonly Stretch[]): void => {
    if (more.length > 0) stretches.splice(stretches.indexOf(stretch) + 1, 0, ...more);
  };

  /** Gives the lanes that are free something to do: what is wanted soonest first. */
  const startMore = (): void => {
    let waiting = running.size;
    for (const { pages } of stretches.slice(0, 2 * window)) waiting += pages.length;
    let ahead = 0;
    for (const [index, stretch] of stretches.entries()) {
      if (asked >= lanes || ahead >= window) break;
      const isWanted = index === 0 && stretch.pages.length === 0;
      if (!stretch.isFetching && !stretch.isDone && (isWanted || waiting < window)) {
        stretch.isFetching = true;
        waiting++;
        run(1, () => fetchPage(stretch).finally(() => (stretch.isFetching = false)));
      }
      ahead += stretch.expected + stretch.pages.length;
    }
    ahead = 0;
    for (const stretch of stretches) {
      if (asked >= lanes || ahead >= window || isSequential) break;
      const isLong = stretch.expected > LEAST_PAGES && stretch.first !== undefined && !stretch.isDone;
      if (isLong && !stretch.isProbing && stretch.failures < MOST_FAILURES) probe(stretch, lanes - asked);
      ahead += stretch.expected + stretch.pages.length;
    }
  };

  const probe = (stretch: Stretch, free: number): void => {
    const { first = '', position } = stretch;
    const low = stretch.fetched > 0 ? position : first;
    const folder = folderOf(stretch, low, prefix);
    if (!stretch.knowsFolders && stretch.fetched > 0 && folderWithin(folder, low) !== undefined) {
      stretch.isProbing = true;
      stretch.knowsFolders = true;
      return run(1, () => splitAtFolders(stretch, folder, low));
    }
    const count = Math.min(free, guesses, Math.ceil(stretch.expected / LEAST_PAGES));
    const points = count < 1 ? [] : splitPoints(stretch, low, prefix, count);
    if (points.length > 0) {
      stretch.isProbing = true;
      guesses -= points.length;
      run(points.length, () => splitUp(stretch, points));
    } else if (count >= 1) stretch.failures++;
  };

  try {
    throwIfAborted(options.signal);
    startMore();
    for (let left = limit; left > 0; ) {
      const [head] = stretches;
      if (!head) return;
      const page = head.pages.shift();
      if (page) {
        startMore();
        if (page.length > 0) yield page.length > left ? page.slice(0, left) : page;
        left -= page.length;
      } else if (head.isDone && !head.isFetching) {
        stretches.shift();
        startMore();
      } else {
        if (options.signal.aborted) throw interruption(options.signal);
        if (failure) throw failure.error;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    stop.abort();
    await Promise.allSettled(running);
    await Promise.allSettled([...begun].map(async (listing) => listing.return?.()));
  }
}

function unordered(what: string): TransferError {
  return new TransferError('server', `${what}: the server lists keys in no order`, {
    recovery: 'never',
    hint: 'List it without --parallel.',
  });
}
