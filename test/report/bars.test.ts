import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBars } from '../../src/report/bars.ts';
import type { Renderer } from '../../src/report/output.ts';
import type { TransferEvent } from '../../src/transfer/events.ts';
import { readRecording } from './support/recording.ts';
import { createScreen, type Screen } from './support/screen.ts';

const MIB = 1024 ** 2;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function open(columns = 100, rows = 24, color = false): { bars: Renderer; screen: Screen } {
  const screen = createScreen(columns, rows);
  return { screen, bars: createBars({ out: screen.out, now: Date.now, color }) };
}

/** Plays a recording up to a time; the fake clock draws the frames between. */
function playUntil(bars: Renderer, name: string, untilMs: number): void {
  const fromMs = Date.now();
  const isDue = (atMs: number): boolean => (fromMs === 0 || atMs > fromMs) && atMs <= untilMs;
  for (const { atMs, event } of readRecording(name).filter(({ atMs }) => isDue(atMs))) {
    vi.advanceTimersByTime(atMs - Date.now());
    bars.emit(event);
  }
  vi.advanceTimersByTime(untilMs - Date.now());
}

function plan(transfer: string, parts: number): TransferEvent {
  const size = parts * 8 * MIB;
  const names = { from: `${transfer}.bin`, to: `s3://b/${transfer}.bin` };
  const counts = { size, partSize: 8 * MIB, parts, resumedParts: 0, resumedBytes: 0 };
  return { type: 'transfer.planned', transfer, direction: 'put', ...names, ...counts };
}

function start(transfer: string, part: number): TransferEvent {
  return { type: 'part.started', transfer, part, size: 8 * MIB, attempt: 1 };
}

function drawn(screen: Screen): string[] {
  return screen.text().split('\n');
}

describe('bars', () => {
  it('show the whole and each part in flight', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-one-file', 1200);
    expect(screen.text()).toMatchInlineSnapshot(`
      "put backup.tar  [====--------------------------]   15%  6.0 MiB of 40 MiB  5.5 MiB/s  6.2 s left
        part 1        [===============---------------]   50%  4.0 MiB of 8.0 MiB
        part 2        [=======-----------------------]   25%  2.0 MiB of 8.0 MiB"
    `);
    bars.stop();
  });

  it('show the attempt on a retry, and that a part waits for it', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-one-file', 2200);
    expect(screen.text()).toMatchInlineSnapshot(`
      "put backup.tar  [======------------------------]   20%  8.0 MiB of 40 MiB  3.8 MiB/s  8.4 s left
        part 3        [------------------------------]    0%  0 B of 8.0 MiB
        part 2        [------------------------------]    0%  0 B of 8.0 MiB  waiting for attempt 2"
    `);
    playUntil(bars, 'put-one-file', 3200);
    expect(screen.text()).toMatchInlineSnapshot(`
      "put backup.tar  [=========---------------------]   30%  12 MiB of 40 MiB  3.9 MiB/s  7.2 s left
        part 3        [------------------------------]    0%  0 B of 8.0 MiB
        part 2        [===============---------------]   50%  4.0 MiB of 8.0 MiB  attempt 2"
    `);
    bars.stop();
  });

  it('say that the endpoint is away, and that the object is being completed', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-one-file', 5000);
    expect(drawn(screen)[0]).toMatch(/ {2}endpoint away$/);
    playUntil(bars, 'put-one-file', 29_200);
    expect(screen.text()).toMatchInlineSnapshot(
      `"put backup.tar  [==============================]   99%  40 MiB of 40 MiB  completing"`,
    );
    bars.stop();
  });

  it('name the files when there are several', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-many-files', 16_000);
    expect(screen.text()).toMatchInlineSnapshot(`
      "2 of 4 files              [=============-------]   65%  26 MiB of 40 MiB  1.4 MiB/s  9.9 s left
        part 3 film\\x1b[2J.mp4  [=====---------------]   25%  2.0 MiB of 8.0 MiB
        part 2 film 2.mp4       [--------------------]    0%  0 B of 8.0 MiB"
    `);
    bars.stop();
  });

  it('show the bytes of a stream without a percentage', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-stream', 11_500);
    expect(screen.text()).toMatchInlineSnapshot(`
      "put dump.sql  14 MiB  1.0 MiB/s
        part 2      [========================--------]   75%  6.0 MiB of 8.0 MiB"
    `);
    bars.stop();
  });

  it('leave nothing behind but what was logged, and give the terminal back', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-one-file', 1000);
    expect([screen.isCursorShown(), screen.doesWrap()]).toEqual([false, false]);
    bars.log('first');
    vi.advanceTimersByTime(300);
    bars.log('second');
    bars.stop();
    bars.stop();
    bars.log('third');
    expect(screen.text()).toBe('first\nsecond\nthird');
    expect([screen.isCursorShown(), screen.doesWrap()]).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('log above themselves, each line whole, however long', () => {
    const { bars, screen } = open(40);
    playUntil(bars, 'put-one-file', 1200);
    bars.log('one');
    bars.log(`${'long '.repeat(20)}end`);
    bars.log('two\nthree');
    vi.advanceTimersByTime(100);
    const [one, ...rest] = drawn(screen);
    expect(one).toBe('one');
    expect(
      rest
        .slice(0, 3)
        .map((line) => line.padEnd(40))
        .join('')
        .trimEnd(),
    ).toBe(`${'long '.repeat(20)}end`);
    expect(rest.slice(3)).toMatchInlineSnapshot(`
      [
        "two",
        "three",
        "put backup.t…   15%  6.0 MiB of 40 MiB…",
        "  part 1        50%  4.0 MiB of 8.0 MiB",
        "  part 2        25%  2.0 MiB of 8.0 MiB",
      ]
    `);
    bars.stop();
  });

  it('do not show through what is logged over them', () => {
    const { bars, screen } = open();
    playUntil(bars, 'put-one-file', 1200);
    for (const line of ['a', 'b', 'c']) bars.log(line);
    vi.advanceTimersByTime(100);
    expect(drawn(screen).slice(0, 3)).toEqual(['a', 'b', 'c']);
    expect(drawn(screen)).toHaveLength(6);
    bars.stop();
    expect(screen.text()).toBe('a\nb\nc');
  });

  it('never need more lines than the terminal has', () => {
    const { bars, screen } = open(100, 8);
    bars.emit(plan('a', 64));
    for (let part = 1; part <= 16; part++) bars.emit(start('a', part));
    vi.advanceTimersByTime(1000);
    expect(drawn(screen)).toHaveLength(6);
    expect(drawn(screen)[0]).toMatch(/ {2}11 more parts$/);
    bars.stop();
    expect(screen.text()).toBe('');
  });

  it('follow a terminal that is made smaller', () => {
    const { bars, screen } = open(100, 24);
    bars.emit(plan('a', 64));
    for (let part = 1; part <= 10; part++) bars.emit(start('a', part));
    vi.advanceTimersByTime(200);
    Object.assign(screen.out, { rows: 6, columns: 50 });
    bars.emit(start('a', 11));
    vi.advanceTimersByTime(200);
    // The rows that no longer fit are out of reach; the rest is drawn anew.
    const visible = drawn(screen).slice(5);
    expect(visible.map((line) => line.trim().slice(0, 6))).toEqual(['put a.', 'part 1', 'part 2', 'part 3']);
    for (const line of visible) expect(line.length).toBeLessThan(50);
    bars.stop();
    expect(drawn(screen)).toHaveLength(5);
  });

  it('keep a part on its line while it is in flight', () => {
    const { bars, screen } = open();
    bars.emit(plan('a', 8));
    for (const part of [1, 2, 3]) bars.emit(start('a', part));
    vi.advanceTimersByTime(200);
    bars.emit({ type: 'part.done', transfer: 'a', part: 1, bytes: 8 * MIB });
    vi.advanceTimersByTime(200);
    expect(drawn(screen).map((line) => line.trim().slice(0, 6))).toEqual(['put a.', '', 'part 2', 'part 3']);
    bars.emit(start('a', 4));
    vi.advanceTimersByTime(200);
    expect(drawn(screen).map((line) => line.trim().slice(0, 6))).toEqual([
      'put a.',
      'part 4',
      'part 2',
      'part 3',
    ]);
    bars.stop();
  });

  it('do not keep the process alive when no more events come', () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const { bars } = open();
    bars.emit(plan('a', 8));
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
    vi.advanceTimersByTime(250);
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false, false, false]);
    bars.stop();
  });

  it('write nothing when there was nothing to show', () => {
    const { bars, screen } = open();
    bars.emit({ type: 'pace.changed', lanes: 4, because: 'the server asked to slow down' });
    bars.stop();
    expect(screen.raw()).toBe('');
  });

  it.each([
    [true, true],
    [false, false],
  ])('use colours only when asked to (%s)', (color, expected) => {
    const { bars, screen } = open(100, 24, color);
    playUntil(bars, 'put-one-file', 1200);
    expect(screen.raw().includes('\u001b[36m')).toBe(expected);
    bars.stop();
  });

  it.each([20, 40, 79, 80, 200])('fit %i columns', (columns) => {
    const { bars, screen } = open(columns);
    playUntil(bars, 'put-many-files', 16_000);
    for (const line of drawn(screen)) expect(line.length).toBeLessThan(columns);
    bars.stop();
  });
});
