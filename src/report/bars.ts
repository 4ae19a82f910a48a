import { Chalk } from 'chalk';
import { MultiBar } from 'cli-progress';
import type { TransferEvent } from '../transfer/events.ts';
import { assignLines, drawFrame, type Flight, listFlights } from './frame.ts';
import type { Renderer } from './output.ts';
import { foldProgress, nothingYet } from './progress.ts';
import { type Sample, trackRate } from './rate.ts';
import { totalProgress } from './totals.ts';

/** A terminal to draw on; its size is read again for every frame. */
export type Terminal = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export type BarsOptions = {
  readonly out: Terminal;
  /** Milliseconds, for rates and the time left. */
  readonly now: () => number;
  readonly color: boolean;
};

const FRAMES_PER_SECOND = 10;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** A line for the shell's prompt and one for the cursor stay free, and the first bar is the whole. */
const ROWS_BESIDE_PARTS = 3;

/**
 * Draws one bar for the whole run and one for each part in flight, as many as fit the terminal. Nothing here
 * keeps the process alive; until `stop` the cursor is hidden and line wrap is off.
 */
export function createBars({ out, now, color }: BarsOptions): Renderer {
  const paint = new Chalk({ level: color ? 1 : 0 });
  let bars = openBars(out, compose);
  let progress = nothingYet;
  let samples: readonly Sample[] = [];
  let flights: readonly (Flight | null)[] = [];
  let logged: readonly string[] = [];
  let isStopped = false;

  function compose(): Frame {
    const totals = totalProgress(progress);
    samples = trackRate(samples, { atMs: now(), bytes: totals.bytes - totals.resumedBytes });
    flights = assignLines(flights, listFlights(progress), bars.count() - 1);
    const columns = (out.columns || DEFAULT_COLUMNS) - 1;
    const above = logged;
    logged = [];
    return { above, lines: drawFrame({ progress, totals, samples, flights, columns }, paint) };
  }

  /** Lines once drawn stay, empty when unused: bars that come and go with every part would flicker. */
  const fitBars = (): void => {
    const room = Math.max(0, (out.rows || DEFAULT_ROWS) - ROWS_BESIDE_PARTS);
    const wanted = 1 + Math.min(room, Math.max(bars.count() - 1, totalProgress(progress).partsInFlight));
    if (bars.count() > wanted) {
      // The terminal was made smaller: taking bars away one by one would draw the others where they do not fit.
      bars.clear();
      bars = openBars(out, compose);
    }
    while (bars.count() < wanted) bars.add();
  };

  return {
    emit: (event: TransferEvent) => {
      if (isStopped) return;
      progress = foldProgress(progress, event);
      if (progress.live.size > 0) fitBars();
    },
    log: (line) => {
      if (isStopped || bars.count() === 0) out.write(`${line}\n`);
      else logged = [...logged, line];
    },
    suspend: () => {
      if (isStopped) return;
      bars.clear();
      bars = openBars(out, compose);
    },
    stop: () => {
      if (isStopped) return;
      isStopped = true;
      bars.clear();
      for (const line of logged) out.write(`${line}\n`);
    },
  };
}

/** One frame: lines that stay, and below them the text of each bar. */
type Frame = { readonly above: readonly string[]; readonly lines: readonly string[] };

type Bars = { readonly count: () => number; readonly add: () => void; readonly clear: () => void };

/** Wraps cli-progress: it owns the terminal and the timer, `compose` says what stands in a frame. */
function openBars(out: Terminal, compose: () => Frame): Bars {
  let count = 0;
  let lines: readonly string[] = [];
  const multiBar = new MultiBar({
    stream: out,
    fps: FRAMES_PER_SECOND,
    hideCursor: true,
    clearOnComplete: true,
    // Its own signal handlers would race with the program's.
    gracefulExit: false,
    // A logged line moves the bars down; without this, unchanged ones would be missing in their new place.
    forceRedraw: true,
  });
  multiBar.on('update-pre', () => {
    const frame = compose();
    ({ lines } = frame);
    for (const line of frame.above) multiBar.log(`${wrapLine(line)}\n`);
  });
  multiBar.on('update-post', () => letProcessEnd(multiBar));
  return {
    count: () => count,
    add: () => {
      const line = count++;
      multiBar.create(0, 0, {}, { format: () => lines[line] ?? '' });
      letProcessEnd(multiBar);
    },
    clear: () => {
      if (multiBar.isActive) multiBar.stop();
    },
  };
}

/** A line longer than the terminal must not be cut, and what it is written over must not show through. */
function wrapLine(line: string): string {
  return `\u001b[?7h${line.replaceAll('\n', '\u001b[K\n')}\u001b[K\u001b[?7l`;
}

/** The timer of cli-progress is not part of its types. */
function letProcessEnd(multiBar: MultiBar): void {
  const timer: unknown = Reflect.get(multiBar, 'timer');
  if (typeof timer !== 'object' || timer === null || !('unref' in timer)) return;
  if (typeof timer.unref === 'function') timer.unref();
}
