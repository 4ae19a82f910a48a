/** How many bytes had moved at a point in time. */
export type Sample = { readonly atMs: number; readonly bytes: number };

const WINDOW_MS = 10_000;
/** Samples closer than this say nothing new; it bounds how many are kept. */
const SPACING_MS = 500;

/** Adds a sample and forgets the ones that are too old to matter; one stays however long nothing happened. */
export function trackRate(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const [previous, last] = samples.slice(-2);
  const isClose = previous !== undefined && last !== undefined && sample.atMs - previous.atMs < SPACING_MS;
  const kept = isClose ? samples.slice(0, -1) : samples;
  const firstRecent = kept.findIndex(({ atMs }) => sample.atMs - atMs <= WINDOW_MS);
  return [...kept.slice(firstRecent === -1 ? -1 : firstRecent), sample];
}

/** Bytes a second over the kept samples; `null` until that can be told. */
export function rateOf(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < SPACING_MS) return null;
  return Math.max(0, ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000);
}

/** Milliseconds until the rest has moved at this rate; `null` when that cannot be told. */
export function timeLeft(bytes: number, size: number | null, rate: number | null): number | null {
  return size === null || rate === null || rate <= 0 ? null : (Math.max(0, size - bytes) / rate) * 1000;
}
