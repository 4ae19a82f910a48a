import type { ListedEntry, PageOptions } from '../transfer/ports.ts';

/** Where a page begins: behind a key, or, more exactly, where a token says. */
export type Place = { readonly token: string; readonly after: string };

/** What one page of a listing of objects is asked for. */
export type PageQuestion = {
  /** Names the listing in errors. */
  readonly what: string;
  readonly version: 'v2' | 'v1';
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** @default what the server gives */
  readonly maxKeys: number | undefined;
  readonly place: Place;
  readonly options: PageOptions;
};

/** What a server said: objects and common prefixes in one order, and how it goes on. */
export type ObjectPage = {
  readonly entries: readonly ListedEntry[];
  readonly isTruncated: boolean;
  /** Whether it counts its keys: only the second version does. */
  readonly isCounted: boolean;
  /** Empty where there is none. */
  readonly nextToken: string;
  /** Empty where there is none. */
  readonly nextMarker: string;
};

/** Asks for one page, through the `repeat` of the listing. */
export type AskPage = (question: PageQuestion) => Promise<ObjectPage>;
