import type { StoredSums } from '../transfer/ports.ts';
import { escapeJson, quoteJson } from './escape-json.ts';
import { isoSeconds, isoTime } from './iso-time.ts';
import { safeText } from './safe-text.ts';
import { formatBytes, type MaybeNumber } from './units.ts';

type MaybeDate = Date | null | undefined;
type MaybeText = string | null | undefined;

/** An object as `ls` shows it; what the engine lists fits as it is. */
export type ListedObject = {
  readonly type: 'object';
  readonly key: string;
  readonly size?: MaybeNumber;
  readonly lastModified?: MaybeDate;
  readonly etag?: MaybeText;
  readonly storageClass?: MaybeText;
  readonly versionId?: MaybeText;
  readonly checksumAlgorithm?: MaybeText;
  /** Only of a listing of versions. */
  readonly isLatest?: boolean | undefined;
  readonly stored?: StoredSums | null | undefined;
};

/** What hides the older versions of a key. */
export type ListedDeleteMarker = {
  readonly type: 'delete-marker';
  readonly key: string;
  readonly versionId?: MaybeText;
  readonly lastModified?: MaybeDate;
  readonly isLatest?: boolean | undefined;
};

export type ListedUpload = {
  readonly type: 'upload';
  readonly key: string;
  readonly uploadId: string;
  readonly initiated?: MaybeDate;
  readonly lastActivity?: MaybeDate;
  readonly parts?: MaybeNumber;
  readonly bytes?: MaybeNumber;
};

export type ListedPart = {
  readonly type: 'part';
  readonly number: number;
  readonly size?: MaybeNumber;
  readonly etag?: MaybeText;
  readonly lastModified?: MaybeDate;
};

/** One line of `ls`, whatever it lists. A server may leave out or garble anything but the name. */
export type ListingLine =
  | ListedObject
  | ListedDeleteMarker
  | { readonly type: 'prefix'; readonly prefix: string }
  | { readonly type: 'bucket'; readonly name: string; readonly created?: MaybeDate }
  | ListedUpload
  | ListedPart;

export type ListingOptions = {
  /** Sizes as `1.5 GiB`. @default false */
  readonly human?: boolean | undefined;
  /** ETag, storage class and checksum too. @default false */
  readonly long?: boolean | undefined;
  /** The id of each version too, and room for delete markers. @default false */
  readonly versions?: boolean | undefined;
};

const UNKNOWN = '?';
const TIME_COLUMNS = '2026-11-22T16:30:00Z'.length;
const SIZE_COLUMNS = 12;
const DELETED = 'delete marker';

/** One line for people; the name comes last and whole. */
export function describeListing(
  line: ListingLine,
  { human = false, long = false, versions = false }: ListingOptions = {},
): string {
  // A million of these are nothing special.
  if (line.type === 'object' && !long && !versions)
    return `${showTime(line.lastModified)} ${showSize(line.size, human)}  ${safeText(line.key)}`;
  const columns = versions ? DELETED.length : SIZE_COLUMNS;
  const versionOf = (id: MaybeText): string[] => (versions ? [showName(id)] : []);
  switch (line.type) {
    case 'object': {
      const begin = `${showTime(line.lastModified)} ${showSize(line.size, human, columns)}`;
      const more = long ? [showName(line.etag), showName(line.storageClass), showSums(line)] : [];
      return [begin, ...more, ...versionOf(line.versionId), safeText(line.key)].join('  ');
    }
    case 'delete-marker': {
      const more = long ? ['-', '-', '-'] : [];
      return [
        `${showTime(line.lastModified)} ${DELETED}`,
        ...more,
        ...versionOf(line.versionId),
        safeText(line.key),
      ].join('  ');
    }
    case 'prefix':
      return `${' '.repeat(TIME_COLUMNS)} ${'PRE'.padStart(columns)}  ${safeText(line.prefix)}`;
    case 'bucket':
      return `${showTime(line.created)}  ${safeText(line.name)}`;
    case 'upload': {
      const times = `${showTime(line.initiated)}  ${showTime(line.lastActivity)}`;
      const amount = `${showCount(line.parts).padStart(6)} ${showSize(line.bytes, human)}`;
      return `${times} ${amount}  ${safeText(line.key)}  ${safeText(line.uploadId)}`;
    }
    case 'part': {
      const amount = `${showCount(line.number).padStart(5)} ${showSize(line.size, human)}`;
      return `${amount}  ${showTime(line.lastModified)}  ${showName(line.etag)}`;
    }
  }
}

/** One line for programs: every key is always there, unknown is `null`. */
export function encodeListing(line: ListingLine): string {
  switch (line.type) {
    case 'object': {
      const { key, etag, storageClass, versionId, checksumAlgorithm, isLatest } = line;
      const known =
        `{"type":"object","key":${quoteJson(key)},"size":${countOf(line.size)},` +
        `"lastModified":${quoteJson(timeOf(line.lastModified))},"etag":${quoteJson(etag)},` +
        `"storageClass":${quoteJson(storageClass)},"versionId":${quoteJson(versionId)},` +
        `"checksumAlgorithm":${quoteJson(checksumAlgorithm)}`;
      return isLatest === undefined ? `${known}}` : `${known},"isLatest":${isLatest}}`;
    }
    case 'delete-marker': {
      const { type, key, versionId = null, isLatest = null } = line;
      return escapeJson({ type, key, lastModified: timeOf(line.lastModified), versionId, isLatest });
    }
    case 'prefix':
      return escapeJson({ type: line.type, prefix: line.prefix });
    case 'bucket':
      return escapeJson({ type: line.type, name: line.name, created: timeOf(line.created) });
    case 'upload': {
      const { type, key, uploadId } = line;
      const [initiated, lastActivity] = [timeOf(line.initiated), timeOf(line.lastActivity)];
      const [parts, bytes] = [countOf(line.parts), countOf(line.bytes)];
      return escapeJson({ type, key, uploadId, initiated, lastActivity, parts, bytes });
    }
    case 'part': {
      const { type, etag = null } = line;
      const [number, size, lastModified] = [
        countOf(line.number),
        countOf(line.size),
        timeOf(line.lastModified),
      ];
      return escapeJson({ type, number, size, etag, lastModified });
    }
  }
}

function showTime(date: MaybeDate): string {
  return (date && isoSeconds(date)) ?? UNKNOWN.padEnd(TIME_COLUMNS);
}

function showSize(size: MaybeNumber, human: boolean, columns = SIZE_COLUMNS): string {
  return (human ? formatBytes(countOf(size)) : showCount(size)).padStart(columns);
}

function showCount(count: MaybeNumber): string {
  return String(countOf(count) ?? UNKNOWN);
}

function showName(name: MaybeText): string {
  return safeText(name ?? UNKNOWN);
}

/** The sum where it is known, else how it was computed. */
function showSums({ stored, checksumAlgorithm }: ListedObject): string {
  const [first] = Object.entries(stored?.sums ?? {});
  return first === undefined ? showName(checksumAlgorithm?.toLowerCase()) : safeText(first.join(':'));
}

/** A date as ISO 8601 in UTC; `null` for none and for one that is no date. */
function timeOf(date: MaybeDate): string | null {
  return (date && isoTime(date)) ?? null;
}

function countOf(count: MaybeNumber): number | null {
  return Number.isSafeInteger(count) && typeof count === 'number' && count >= 0 ? count : null;
}
