import { compareKeys } from '../compare-keys.ts';
import type { ListedEntry } from '../ports.ts';
import { scaleBetween } from './key-scale.ts';

export type Page = readonly ListedEntry[];

/** A stretch of keys that is listed by itself. */
export type Stretch = {
  /** The last key that is known of: what is fetched next lies behind. */
  position: string;
  /** The last key that may belong to it; `undefined`: it goes to the end. */
  until: string | undefined;
  /** What all of its keys begin with. */
  readonly within: string;
  /** Its first key, once known. */
  first: string | undefined;
  /** Some of its keys, or of those before it: they tell what keys look like. */
  samples: readonly string[];
  /** The page that came last. */
  recent: Page;
  /** Whether it was asked which folders there are. */
  knowsFolders: boolean;
  /** Pages that wait for their turn. */
  readonly pages: Page[];
  /** How many pages came. */
  fetched: number;
  /** How many are still to come, as far as can be told. */
  expected: number;
  /** The listing, once begun. */
  listing: AsyncIterator<Page> | undefined;
  isFetching: boolean;
  isProbing: boolean;
  isDone: boolean;
  /** How often it could not be split. */
  failures: number;
};

/** What is expected of a stretch of which nothing is known. */
export const MANY_PAGES = 1000;

type Beginning = Pick<Stretch, 'until' | 'first' | 'expected' | 'samples' | 'within'> & {
  readonly after: string;
};

/** A stretch that nobody has begun with. */
export function newStretch({ after, ...known }: Beginning): Stretch {
  return {
    ...known,
    position: after,
    recent: [],
    knowsFolders: false,
    pages: [],
    fetched: 0,
    listing: undefined,
    isFetching: false,
    isProbing: false,
    isDone: false,
    failures: 0,
  };
}

/** All that lies behind a key. */
export function wholeBehind(prefix: string, after: string): Stretch {
  return newStretch({
    after,
    until: undefined,
    first: undefined,
    expected: MANY_PAGES,
    samples: [],
    within: prefix,
  });
}

/** Nothing more comes of a stretch. */
export function end(stretch: Stretch): void {
  stretch.isDone = true;
  stretch.expected = 0;
  stretch.recent = [];
  stretch.listing = undefined;
}

export function nameOf(entry: ListedEntry): string {
  return entry.type === 'prefix' ? entry.prefix : entry.key;
}

/** Adds a page to a stretch; what lies behind its end is returned. */
export function addPage(stretch: Stretch, page: Page): Page {
  const { until } = stretch;
  const isOwn = (entry: ListedEntry): boolean =>
    until === undefined || compareKeys(nameOf(entry), until) <= 0;
  const lastOfAll = page.at(-1);
  const own = lastOfAll === undefined || isOwn(lastOfAll) ? page : page.filter(isOwn);
  if (own.length < page.length) stretch.isDone = true;
  const [first, last] = [own[0], own.at(-1)];
  if (first && last) {
    stretch.first ??= nameOf(first);
    stretch.position = nameOf(last);
    stretch.pages.push(own);
    stretch.fetched++;
    stretch.samples = samplesOf(own);
    stretch.recent = own;
  }
  if (stretch.position === until) stretch.isDone = true;
  stretch.expected = stretch.isDone ? 0 : stillExpected(stretch);
  return own.length < page.length ? page.slice(own.length) : [];
}

const SAMPLES = 8;

function samplesOf(page: Page): readonly string[] {
  const step = (page.length - 1) / (SAMPLES - 1);
  const chosen = Array.from({ length: SAMPLES }, (_, index) => page[Math.round(index * step)]);
  return chosen.flatMap((entry) => (entry ? nameOf(entry) : []));
}

/** By how far the pages that came have led. */
function stillExpected({ first, position, until, fetched, expected, samples }: Stretch): number {
  if (until === undefined || first === undefined || fetched === 0) return expected;
  const fraction = scaleBetween(first, until, samples).fractionOf(position);
  return fraction === 0 ? MANY_PAGES : (fetched * (1 - fraction)) / fraction;
}

/** Whether names follow each other as they must; some tell it of a server that knows no order. */
export function isInOrder(page: Page, after: string): boolean {
  return samplesOf(page).every((name, index, all) => {
    const before = all[index - 1] ?? after;
    return before === '' || name === all[index - 1] || compareKeys(name, before) > 0;
  });
}
