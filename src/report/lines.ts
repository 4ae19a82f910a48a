import type { TransferEvent } from '../transfer/events.ts';
import type { Output, Renderer } from './output.ts';
import { foldProgress, nothingYet, type Progress, type TransferProgress } from './progress.ts';
import { type Sample, trackRate } from './rate.ts';
import { safeText } from './safe-text.ts';
import { showText } from './text.ts';
import { type Totals, totalProgress } from './totals.ts';
import { formatBytes, formatCount, formatDuration } from './units.ts';
import { describeBytes, describeFiles, describePace, shortName } from './words.ts';

export type LinesOptions = {
  readonly out: Output;
  /** Milliseconds; time passes for this renderer only when an event comes. */
  readonly now: () => number;
  /** Literal secrets that must not appear in any reason. */
  readonly secrets?: readonly string[] | undefined;
};

const EVERY_MS = 10_000;
const EVERY_PERCENT = 10;
/** However fast the percents pass: a transfer of a second needs no ten lines. */
const AT_MOST_EVERY_MS = 1_000;

/** Shows progress as plain lines for pipes and CI logs: few, each complete, none drawn over another. */
export function createLines({ out, now, secrets = [] }: LinesOptions): Renderer {
  let progress = nothingYet;
  let samples: readonly Sample[] = [];
  let shown = { atMs: 0, step: 0 };
  let isStopped = false;

  const print = (line: string): void => void out.write(`${line}\n`);

  const printProgress = (): void => {
    const totals = totalProgress(progress);
    const atMs = now();
    samples = trackRate(samples, { atMs, bytes: totals.bytes - totals.resumedBytes });
    const step = stepOf(totals);
    if (atMs - shown.atMs < (step > shown.step ? AT_MOST_EVERY_MS : EVERY_MS)) return;
    shown = { atMs, step: Math.max(step, shown.step) };
    print(describeProgress(progress, totals, samples));
  };

  const emit = (event: TransferEvent): void => {
    if (isStopped) return;
    const before = progress;
    progress = foldProgress(before, event);
    const isFirst = totalProgress(before).transfers === 0 && progress.live.size > 0;
    for (const line of describeEvent(event, before, progress, secrets)) print(line);
    const totals = totalProgress(progress);
    if (isFirst) shown = { atMs: now(), step: stepOf(totals) };
    // The end of the last transfer is told by its result; a line "99 %" before it would only be noise.
    if (progress.live.size > 0) printProgress();
  };

  return { emit, log: print, suspend: () => undefined, stop: () => void (isStopped = true) };
}

/** With many files the total grows as they are found: percents of it would jump, so only time counts. */
function stepOf({ transfers, percent }: Totals): number {
  return transfers > 1 || percent === null ? 0 : Math.floor(percent / EVERY_PERCENT);
}

function describeProgress(progress: Progress, totals: Totals, samples: readonly Sample[]): string {
  const head =
    totals.transfers > 1 ? describeFiles(totals) : totals.percent === null ? 'so far' : `${totals.percent}%`;
  return [head, describeBytes(totals), ...describePace(progress, totals, samples)].join('  ');
}

function describeEvent(
  event: TransferEvent,
  before: Progress,
  after: Progress,
  secrets: readonly string[],
): readonly string[] {
  switch (event.type) {
    case 'transfer.planned': {
      const transfer = after.live.get(event.transfer);
      return transfer === undefined || totalProgress(after).transfers > 1 ? [] : [describeStart(transfer)];
    }
    case 'part.retrying': {
      const transfer = after.live.get(event.transfer);
      const name =
        transfer === undefined || totalProgress(after).transfers === 1 ? '' : ` of ${shortName(transfer)}`;
      const when = `attempt ${event.attempt + 1} in ${formatDuration(event.delayMs)}`;
      return [`part ${event.part}${name} failed, ${when}: ${showText(event.reason, secrets)}`];
    }
    case 'endpoint.away':
      // Said once, however many lanes and probes find it away.
      return before.away === null
        ? [`endpoint away, waiting for it: ${showText(event.reason, secrets)}`]
        : [];
    case 'endpoint.back':
      return [`endpoint back after ${formatDuration(event.awayMs)}`];
    case 'upload.begun':
    case 'upload.orphaned':
    case 'part.hedged':
    case 'upload.over':
    case 'part.started':
    case 'part.progress':
    case 'part.done':
    case 'pace.changed':
    case 'transfer.completing':
    case 'transfer.done':
    case 'transfer.stopped':
      return [];
  }
}

function describeStart({
  direction,
  from,
  to,
  size,
  parts,
  resumedParts,
  resumedBytes,
}: TransferProgress): string {
  const amount = size === null ? 'size unknown' : formatBytes(size);
  const cut = parts !== null && parts > 1 ? ` in ${formatCount(parts)} parts` : '';
  const resumed =
    resumedParts > 0
      ? `  resumed: ${formatCount(resumedParts)} parts (${formatBytes(resumedBytes)}) are there`
      : '';
  return `${direction} ${safeText(from)} → ${safeText(to)}  ${amount}${cut}${resumed}`;
}
