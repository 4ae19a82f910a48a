import { TransferError } from '../transfer/errors.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
  ['t', 1024 ** 4],
]);
const DURATIONS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

function usage(message: string): TransferError {
  return new TransferError('usage', message);
}

/**
 * A size in bytes: `8MiB`, `8MB`, `8M` and `8m` all mean 8 × 1024², as in aws and boto3; a plain number is bytes.
 * @throws TransferError `usage`
 */
export function parseSize(text: string): number {
  const match = /^(\d{1,16}(?:\.\d{1,6})?)\s?([kmgt]?)(?:i?b)?$/i.exec(text);
  const [, number = '', unit = ''] = match ?? [];
  const bytes = Number(number) * (UNITS.get(unit.toLowerCase()) ?? Number.NaN);
  if (match && Number.isSafeInteger(bytes)) return bytes;
  throw usage(`"${text}" is not a size; write it like 8MiB, 64K or a number of bytes`);
}

/**
 * A duration in milliseconds; the unit is needed: `90s`, `30m`, `24h`, `7d`, `2w`.
 * @throws TransferError `usage`
 */
export function parseDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const ms = Number(number || Number.NaN) * (DURATIONS.get(unit) ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  throw usage(`"${text}" is not a duration; write it with its unit, like 90s, 30m, 24h, 7d or 2w`);
}

/** What a timer of Node can hold, in milliseconds: 24 days. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * A duration that somebody waits for: not none, and no longer than a timer can be.
 * @throws TransferError `usage`
 */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0 && ms <= LONGEST_TIMEOUT_MS) return ms;
  throw usage(`"${text}" is not between 1s and 24d`);
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * A moment in milliseconds since the epoch: an ISO time (in UTC where it names no zone), or a duration before now.
 * @throws TransferError `usage`
 */
export function parseMoment(text: string, now = Date.now()): number {
  if (/^\d+[smhdw]$/.test(text)) return now - parseDuration(text);
  const inUtc = /T[\d:.]+$/i.test(text) ? `${text}Z` : text;
  const time = ISO_TIME.test(text) ? Date.parse(inUtc) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw usage(
    `"${text}" is no time; write it like 2026-11-22, 2026-11-22T16:30:00Z, or as a duration like 7d`,
  );
}

/**
 * A whole number of at least 1.
 * @throws TransferError `usage`
 */
export function parseCount(text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw usage(`"${text}" is not a whole number of at least 1`);
}

/**
 * A rate in bytes a second: a size, with `/s` behind it or not.
 * @throws TransferError `usage`
 */
export function parseRate(text: string): number {
  const rate = parseSize(text.replace(/\/s$/i, ''));
  if (rate >= 1) return rate;
  throw usage(`"${text}" moves nothing; write a rate like 10MiB/s`);
}

/** More at once helps nobody, and every one costs a socket. */
const MOST_AT_ONCE = 1_000;

/**
 * How many things may move at a time.
 * @throws TransferError `usage`
 */
export function parseLanes(text: string): number {
  const count = parseCount(text);
  if (count <= MOST_AT_ONCE) return count;
  throw usage(`${text} is too many; at most ${MOST_AT_ONCE} things move at a time`);
}

/** Says which flag a value that cannot be read was given to. */
export function ofFlag<T>(flag: string, parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      throw new TransferError('usage', `${flag}: ${error.message}`, { hint: error.hint });
    }
  };
}

/** What `auto` is read as: commander makes an empty text of a value that is `undefined`. */
const AUTO = Symbol('auto');

/** `auto`, or what `parse` reads; `withoutAuto` leaves `auto` out: found out by the program. */
export function orAuto(parse: (text: string) => number): (text: string) => number | typeof AUTO {
  return (text) => (text === 'auto' ? AUTO : parse(text));
}

/** Flags as if those that were given as `auto` had not been given. */
export function withoutAuto<Flags extends object>(flags: Flags): Flags {
  const given = { ...flags };
  for (const [name, value] of Object.entries(given)) {
    if (value === AUTO) Reflect.deleteProperty(given, name);
  }
  return given;
}
