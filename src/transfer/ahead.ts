/**
 * Runs `work` over items, several at a time, and hands the results on in the order of the items. Ends, early or by a
 * failure, only once nothing is under way any more.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  lanes: number,
  outer: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const started: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item, signal);
      // Whoever takes it in its turn hears of a failure; until then nobody listens.
      result.catch(() => undefined);
      started.push(result);
      if (started.length >= lanes) yield* firstOf(started);
    }
    while (started.length > 0) yield* firstOf(started);
  } finally {
    stop.abort();
    await Promise.allSettled(started);
  }
}

/** Takes the first out once it has come. */
async function* firstOf<R>(started: Promise<R>[]): AsyncGenerator<R> {
  const [first] = started;
  if (!first) return;
  const result = await first;
  void started.shift(); // it has settled
  yield result;
}
