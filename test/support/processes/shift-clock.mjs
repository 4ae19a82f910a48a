// Started with --import: this process's clock is off by so many milliseconds as CLOCK_SHIFT_MS says.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const { now } = Date;

globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now() + shiftMs] : parts));
  }

  static now() {
    return now() + shiftMs;
  }
};
