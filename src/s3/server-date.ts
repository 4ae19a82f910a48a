const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** The zones of RFC 822 that mail and old web servers write, in hours. */
const HOURS_OF_ZONE: ReadonlyMap<string, number> = new Map([
  ['EST', -5],
  ['EDT', -4],
  ['CST', -6],
  ['CDT', -5],
  ['MST', -7],
  ['MDT', -6],
  ['PST', -8],
  ['PDT', -7],
]);

const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?`;
const ZONE = String.raw` ?(?<zone>[a-z]{1,3})? ?(?<offset>[+-]\d\d:?\d\d)?`;
const FORMS: readonly RegExp[] = [
  // 2026-11-29T18:15:00.000Z, with or without time, fraction and zone; and as S3's own headers write it.
  new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[t ]${TIME}${ZONE})?$`, 'i'),
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)t(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)(?<zone>z)?$/i,
  // Sun, 29 Nov 2026 18:15:00 GMT (RFC 1123), Sunday, 29-Nov-26 18:15:00 GMT (RFC 850).
  new RegExp(
    String.raw`^(?:[a-z]{3,9},? )?(?<day>\d{1,2})[ -](?<month>[a-z]{3})[ -](?<year>\d{4}|\d\d)(?: ${TIME}${ZONE})?$`,
    'i',
  ),
  // Sun Nov 29 18:15:00 2026 (asctime).
  new RegExp(
    String.raw`^(?:[a-z]{3} )?(?<month>[a-z]{3})  ?(?<day>\d{1,2}) ${TIME}(?: (?<zone>[a-z]{1,3}))? (?<year>\d{4})$`,
    'i',
  ),
];
/** No form is longer, nor is any date that a server writes. */
const LONGEST = 64;

type Groups = Readonly<Record<string, string | undefined>>;

/**
 * The moment that a server's text names, in milliseconds since the epoch; `undefined` for what is no date. Without a
 * zone it is UTC, as S3, HTTP and AWS have it: `Date.parse` would take the zone of this machine, and a living upload for
 * one that is hours older. Years before 1000 are how some servers write that they know no date (Go's zero time).
 */
export function parseServerDate(text: string): number | undefined {
  if (text.length > LONGEST) return undefined;
  const trimmed = text.trim();
  for (const form of FORMS) {
    const groups = form.exec(trimmed)?.groups;
    if (groups) return momentOf(groups);
  }
  return undefined;
}

function momentOf(groups: Groups): number | undefined {
  const { hour, minute, second, fraction = '' } = groups;
  const [year, month, day] = [
    yearOf(groups['year'] ?? ''),
    monthOf(groups['month'] ?? ''),
    whole(groups['day']),
  ];
  const offsetMs = offsetOf(groups['zone'], groups['offset']);
  const time = [whole(hour), whole(minute), whole(second)] as const;
  // A leap second is the first second of the next minute.
  if (time[0] > 23 || time[1] > 59 || time[2] > 60 || offsetMs === undefined || year < 1000) return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  // The thirtieth of February would be a day of March.
  const date = new Date(midnight);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return midnight + ((time[0] * 60 + time[1]) * 60 + time[2]) * 1000 + ms - offsetMs;
}

function whole(text: string | undefined): number {
  return Number(text ?? 0);
}

/** Two digits as RFC 850 has them: of the century that has them near. */
function yearOf(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 70 ? 2000 : 1900);
}

/** From 1; 0 for what is no month. */
function monthOf(text: string): number {
  return /^\d/.test(text) ? Number(text) : MONTHS.indexOf(text.toLowerCase()) + 1;
}

/** How far a zone is ahead of UTC; `undefined` for an unknown one. */
function offsetOf(zone: string | undefined, offset: string | undefined): number | undefined {
  const hours = zone === undefined ? 0 : hoursOf(zone.toUpperCase());
  if (hours === undefined || (hours !== 0 && offset !== undefined)) return undefined;
  if (offset === undefined) return hours * 3_600_000;
  const [ahead, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  if (ahead > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (ahead * 60 + minutes) * 60_000;
}

function hoursOf(zone: string): number | undefined {
  return ['Z', 'UT', 'UTC', 'GMT'].includes(zone) ? 0 : HOURS_OF_ZONE.get(zone);
}
