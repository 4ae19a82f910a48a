/** A number that may be missing or nonsense, because a server said it. */
export type MaybeNumber = number | null | undefined;

const UNKNOWN = '?';
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];

/** Writes a number of bytes in binary units: `0 B`, `1.0 KiB`, `296 MiB`. */
export function formatBytes(bytes: MaybeNumber): string {
  if (!isCount(bytes)) return UNKNOWN;
  let value = Math.round(bytes);
  let unit = 0;
  // 1023.5 of a unit would be rounded to 1024 of it.
  while (value >= (unit === 0 ? 1024 : 1023.5) && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : twoDigits(value)} ${UNITS[unit]}`;
}

/** Writes bytes a second: `31 MiB/s`. */
export function formatRate(bytesPerSecond: MaybeNumber): string {
  return isCount(bytesPerSecond) ? `${formatBytes(bytesPerSecond)}/s` : UNKNOWN;
}

/** Writes a duration in at most two units: `0.4 s`, `2 min 5 s`, `3 h 12 min`. */
export function formatDuration(ms: MaybeNumber): string {
  if (!isCount(ms)) return UNKNOWN;
  if (ms < 59_500) return `${twoDigits(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h');
}

/** Writes a number of things with its thousands apart: `10,000`. */
export function formatCount(count: MaybeNumber): string {
  if (!isCount(count)) return UNKNOWN;
  return Math.round(count).toLocaleString('en-US', { useGrouping: true });
}

function isCount(value: MaybeNumber): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** One decimal while it says something; 9.96 must not become `10.0`. */
function twoDigits(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

function twoUnits(value: number, size: number, large: string, small: string): string {
  const rest = value % size;
  const whole = `${formatCount(Math.floor(value / size))} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}
