import { compareKeys } from '../compare-keys.ts';
import { scaleBetween } from './key-scale.ts';
import type { Stretch } from './stretch.ts';

/** Keys at which a stretch may be split behind `low`, in order, and before its end where that is known. */
export function splitPoints(
  { until: high, samples, failures }: Pick<Stretch, 'until' | 'samples' | 'failures'>,
  low: string,
  prefix: string,
  count: number,
): readonly string[] {
  const points =
    high === undefined ? pointsBehind(low, prefix) : pointsBetween(low, high, samples, count, failures > 0);
  const inside = points.filter(
    (point) =>
      compareKeys(point, low) > 0 && (high === undefined || compareKeys(point, high) < 0) && isWhole(point),
  );
  return thinned([...new Set(inside)].toSorted(compareKeys), count);
}

function pointsBetween(
  low: string,
  high: string,
  samples: readonly string[],
  count: number,
  isWide: boolean,
): string[] {
  const scale = scaleBetween(low, high, samples, isWide);
  return Array.from({ length: count }, (_, index) => scale.keyAt((index + 1) / (count + 1)));
}

/** Behind digits, capital letters and small ones, as far as people name keys. */
const ENDS_OF_WORDS = [':', '[', '{', '~'];

/**
 * Where the end is not known: behind all that begins as `low` does, for each of its beginnings. That some of these have
 * keys behind them and some have not tells about where the end is.
 */
function pointsBehind(low: string, prefix: string): string[] {
  const begins = prefix.length;
  const key = Array.from(low.slice(begins));
  const successors = key.map((character, index) => {
    const code = character.codePointAt(0) ?? 0;
    // Surrogates are no characters.
    const next = code === 0xd7ff ? 0xe000 : code + 1;
    return next > 0x10ffff ? '' : prefix + key.slice(0, index).join('') + String.fromCodePoint(next);
  });
  return [...successors.filter(Boolean), ...ENDS_OF_WORDS.map((end) => prefix + end)];
}

/** Half a surrogate pair, or what XML cannot hold, is no key to ask for. */
function isWhole(point: string): boolean {
  return !/[\p{Cs}\p{Cc}\ufffe\uffff]/u.test(point);
}

/** So many of them, evenly. */
function thinned(points: readonly string[], count: number): readonly string[] {
  if (points.length <= count) return points;
  const step = (points.length - 1) / Math.max(1, count - 1);
  const chosen = Array.from({ length: count }, (_, index) => points[Math.round(index * step)] ?? '');
  return [...new Set(chosen)];
}
