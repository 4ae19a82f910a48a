import { compareKeys } from '../compare-keys.ts';
import { scaleBetween } from './key-scale.ts';
import { MANY_PAGES, newStretch, type Stretch } from './stretch.ts';

/** What was found by asking for the first key behind a point; `undefined`: there is none. */
export type Probe = {
  readonly point: string;
  readonly first: string | undefined;
  /** What all keys up to the next point begin with, where that is known. */
  readonly within?: string;
};

/**
 * Splits a stretch where probes, in order of their points, found keys: it keeps what lies before the first of these
 * points, and the new stretches that follow it are returned. `pagesEach`: what to expect of each of these.
 */
export function split(stretch: Stretch, probes: readonly Probe[], pagesEach?: number): readonly Stretch[] {
  if (stretch.isDone) return [];
  const { position, until } = stretch;
  const isIn = ({ first }: Probe): boolean =>
    first !== undefined && (until === undefined || compareKeys(first, until) <= 0);
  // A list of folders may go on behind the end.
  const ahead = probes.filter(
    ({ point }) => compareKeys(point, position) > 0 && (until === undefined || compareKeys(point, until) < 0),
  );
  const outside = ahead.findIndex((probe) => !isIn(probe));
  const found = outside === -1 ? ahead : ahead.slice(0, outside);
  // Nothing lies between a point and the next one where both led to the same key.
  const points = found.filter(({ first = '' }, index) => {
    const next = found[index + 1]?.point;
    return next === undefined || compareKeys(first, next) <= 0;
  });
  const end = ahead[outside]?.point ?? until;
  if (points.length === 0) {
    stretch.failures = end === until ? stretch.failures + 1 : 0;
    stretch.until = end;
    return [];
  }
  stretch.failures = 0;
  const shareOf = pagesEach === undefined ? sharesOf(stretch, points, end) : () => pagesEach;
  stretch.expected = shareOf(position, points[0]?.point ?? '');
  stretch.until = points[0]?.point;
  return points.map(({ point, first, within = stretch.within }, index) => {
    const next = points[index + 1]?.point ?? end;
    const expected = shareOf(first ?? point, next);
    return newStretch({ after: point, until: next, first, expected, samples: stretch.samples, within });
  });
}

/** How many pages to expect between two keys, if they lie everywhere as close as up to now. */
function sharesOf(
  { first, position, fetched, expected, samples }: Stretch,
  points: readonly Probe[],
  end: string | undefined,
): (from: string, to: string | undefined) => number {
  const keys = points.map((probe) => probe.first ?? probe.point);
  const low = first ?? position;
  const high = end ?? keys.at(-1);
  if (high === undefined) return () => MANY_PAGES;
  const scale = scaleBetween(low, high, [...keys, ...samples]);
  const done = scale.fractionOf(position);
  const pages = fetched > 0 && done > 0 ? fetched / done : expected;
  return (from, to) =>
    to === undefined ? MANY_PAGES : pages * (scale.fractionOf(to) - scale.fractionOf(from));
}
