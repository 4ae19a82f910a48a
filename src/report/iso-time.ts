const DAY_MS = 86_400_000;
/** The last day that four digits can name a year of. */
const END_MS = Date.UTC(10_000, 0, 1);
const PAIRS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** A time as `2026-11-22T16:30:00Z`; `undefined` for a date that is none. */
export function isoSeconds(date: Date): string | undefined {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return undefined;
  return isCommon(ms) ? `${minutesOf(ms)}Z` : date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The same with milliseconds, as `Date` itself writes it; that takes four times as long. */
export function isoTime(date: Date): string | undefined {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return undefined;
  return isCommon(ms) ? `${minutesOf(ms)}.${String(ms % 1000).padStart(3, '0')}Z` : date.toISOString();
}

function isCommon(ms: number): boolean {
  return ms >= 0 && ms < END_MS;
}

/** To the second. The calendar is counted from a first of March, which puts the leap day at the end of a year. */
function minutesOf(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
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
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) - hours * 60;
  return `${year}-${PAIRS[month]}-${PAIRS[day]}T${PAIRS[hours]}:${PAIRS[minutes]}:${PAIRS[seconds % 60]}`;
}
