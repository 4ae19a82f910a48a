import { parseServerDate } from '../../server-date.ts';
import { NotUnderstood } from './not-understood.ts';

/** The form of S3's dates, with milliseconds or without: the day, and the time of day. */
export const S3_DATE = String.raw`([1-9]\d{3}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{3})?)Z`;
const AS_S3_WRITES_IT = new RegExp(`^${S3_DATE}$`);

/** The date of an element; `undefined` for what is none. */
export function dateOf(raw: string): Date | undefined {
  const [, day, time] = AS_S3_WRITES_IT.exec(raw) ?? [];
  if (day !== undefined && time !== undefined) return new Date(msOfDay(day) + msOfTime(time));
  const ms = parseServerDate(raw);
  return ms === undefined ? undefined : new Date(ms);
}

/** When a day of the form of S3's begins. */
export function msOfDay(text: string): number {
  const [year, month, day] = [two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8)];
  const ms = Date.UTC(year, month - 1, day);
  // The thirtieth of February would be a day of March.
  if (month < 1 || month > 12 || day < 1 || new Date(ms).getUTCDate() !== day) throw new NotUnderstood();
  return ms;
}

/** A time of day in that form, read digit by digit: `Date.parse` takes several times as long. */
export function msOfTime(text: string): number {
  const [hours, minutes, seconds] = [two(text, 0), two(text, 3), two(text, 6)];
  if (hours > 23 || minutes > 59 || seconds > 59) throw new NotUnderstood();
  const ms = text.length === 12 ? digit(text, 9) * 100 + two(text, 10) : 0;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}

function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}
