import type { Progress, TransferProgress } from './progress.ts';
import { rateOf, type Sample, timeLeft } from './rate.ts';
import { safeText } from './safe-text.ts';
import type { Totals } from './totals.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from './units.ts';

/** How far a run is: `124 MiB of 296 MiB`, or the bytes alone where the size is unknown. */
export function describeBytes({ bytes, size }: Pick<Totals, 'bytes' | 'size'>): string {
  return size === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(size)}`;
}

/** How fast it goes and how long it will take, as far as that is known. */
export function describePace(progress: Progress, totals: Totals, samples: readonly Sample[]): string[] {
  if (progress.away !== null) return ['endpoint away'];
  const rate = rateOf(samples);
  if (rate === null) return [];
  const left = totals.bytes === totals.size ? null : timeLeft(totals.bytes, totals.size, rate);
  return [formatRate(rate), ...(left === null ? [] : [`${formatDuration(left)} left`])];
}

/** How many files are done, of those that are known so far. */
export function describeFiles({ done, transfers }: Totals): string {
  return `${formatCount(done)} of ${formatCount(transfers)} files`;
}

/** The last segment of the local side's name, or of the object's where there is no local name. */
export function shortName({ direction, from, to }: TransferProgress): string {
  const [local, remote] = direction === 'put' ? [from, to] : [to, from];
  const name = local === '-' ? remote : local;
  return safeText(name.split('/').findLast((segment) => segment !== '') ?? name);
}
