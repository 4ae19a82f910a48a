import { interruption, throwIfAborted } from './errors.ts';

/**
 * Runs `work` over `items`, at most `lanes` at a time, in the order of `items`. The first failure cancels the
 * rest and is the one thrown, after every lane has let go.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  lanes: number,
  outer: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const failures: unknown[] = [];
  const { next, close } = sharedQueue(items);

  const lane = async (): Promise<void> => {
    // A signal for each lane: many listeners on one are taken for a leak by Node.
    const signal = AbortSignal.any([outer, failure.signal]);
    try {
      for (let item = await next(); !item.done && !signal.aborted; item = await next()) {
        await work(item.value, signal);
      }
    } catch (error) {
      failures.push(error);
      failure.abort(error);
    }
  };

  // Wait for every lane, so that no request outlives this call.
  await Promise.all(Array.from({ length: lanes }, lane));
  if (outer.aborted || failure.signal.aborted) await close().catch(() => undefined); // the first failure is what the caller needs
  throwIfAborted(outer);
  if (failures.length > 0) throw failures[0] ?? interruption(failure.signal);
}

type SharedQueue<T> = {
  next(): Promise<IteratorResult<T>>;
  /** For an iterator that was not asked to its end: it may hold a directory open. */
  close(): Promise<unknown>;
};

/** Hands out the items of one iterator to several lanes, one at a time, in order. */
function sharedQueue<T>(items: Iterable<T> | AsyncIterable<T>): SharedQueue<T> {
  if (Symbol.iterator in items) {
    const iterator = items[Symbol.iterator]();
    return { next: async () => iterator.next(), close: async () => iterator.return?.() };
  }
  const iterator = items[Symbol.asyncIterator]();
  // Async generators queue their own calls, but other iterables need not: so one call at a time.
  let last: Promise<unknown> = Promise.resolve();
  return {
    next() {
      const result = last.then(() => iterator.next());
      last = result.catch(() => undefined); // each lane sees its own failure through `result`
      return result;
    },
    close: async () => iterator.return?.(),
  };
}
