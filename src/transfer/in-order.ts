import { inParallel } from './parallel.ts';
import { createTurnstile } from './turnstile.ts';

/**
 * Runs `work` over `items` in several lanes and hands its results to `tell` one at a time, in the order of `items`.
 * A lane waits for its turn before it takes the next item, so no more results than lanes are ever held.
 */
export async function inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  lanes: number,
  outer: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  tell: (result: R) => Promise<void>,
): Promise<void> {
  const turnstile = createTurnstile();
  await inParallel(numbered(items), lanes, outer, async ({ item, number }, signal) => {
    const result = await work(item, signal);
    await turnstile.wait(number, signal);
    await tell(result);
    turnstile.pass();
  });
}

async function* numbered<T>(
  items: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<{ readonly item: T; readonly number: number }> {
  let number = 0;
  for await (const item of items) yield { item, number: ++number };
}
