const DAY_MS = 86_400_000;
/** The last day that four digits can name a year of. */
const END_MS = Date.UTC(10_000, 0, 1);

const pair = (number: number): string => String(number).padStart(2, '0');
const pairs = (count: number): string[] => Array.from({ length: count }, (_, number) => pair(number));
/** Ready-made pieces: to put each together from digits took half the time of a whole line. */
const SECONDS = pairs(60);
const MINUTES = pairs(24).flatMap((hour) => pairs(60).map((minute) => `T${hour}:${minute}:`));
const DAYS = pairs(13).map((month) => pairs(32).map((day) => `-${month}-${day}`));

/** A time as `2026-11-22T16:30:00Z`; `undefined` for a date that is none. */
export function isoSeconds(date: Date): string | undefined {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return undefined;
  return isCommon(ms) ? `${toTheSecond(ms)}Z` : date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The same with milliseconds, as `Date` itself writes it; that takes several times as long. */
export function isoTime(date: Date): string | undefined {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return undefined;
  return isCommon(ms) ? `${toTheSecond(ms)}.${String(ms % 1000).padStart(3, '0')}Z` : date.toISOString();
}

function isCommon(ms: number): boolean {
  return ms >= 0 && ms < END_MS;
}

function toTheSecond(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${dateOf(days)}${MINUTES[minutes]}${SECONDS[seconds - minutes * 60]}`;
}

/** The calendar is counted from a first of March, which puts the leap day at the end of a year. */
function dateOf(days: number): string {
  const since = days + 719_468;
  const era = Math.floor(since / 146_097);
  const ofEra = since - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}${DAYS[month]?.[day]}`;
}
