import type { ChalkInstance } from 'chalk';
import type { ActivePart, Progress, TransferProgress } from './progress.ts';
import type { Sample } from './rate.ts';
import type { Totals } from './totals.ts';
import { formatCount } from './units.ts';
import { cutText, padText, widthOf } from './width.ts';
import { describeBytes, describeFiles, describePace, shortName } from './words.ts';

/** A part in flight and the transfer it belongs to. */
export type Flight = { readonly id: string; readonly part: ActivePart; readonly transfer: TransferProgress };

/** Everything one frame shows. */
export type View = {
  readonly progress: Progress;
  readonly totals: Totals;
  readonly samples: readonly Sample[];
  /** One a line, each staying on its line while it is in flight; `null` is an empty line. */
  readonly flights: readonly (Flight | null)[];
  readonly columns: number;
};

const LONGEST_BAR = 40;
const SHORTEST_BAR = 8;

/** Lists the parts in flight, of all transfers. */
export function listFlights({ live }: Progress): Flight[] {
  return [...live.values()].flatMap((transfer) =>
    [...transfer.active.values()].map((part) => ({ id: `${transfer.id} ${part.number}`, part, transfer })),
  );
}

/**
 * Gives each part in flight a line: it keeps the one it has, and a new one takes the first that is free. Parts
 * beyond `count` lines have to wait for one.
 */
export function assignLines(
  before: readonly (Flight | null)[],
  flights: readonly Flight[],
  count: number,
): (Flight | null)[] {
  const waiting = new Map(flights.map((flight) => [flight.id, flight]));
  const kept = Array.from({ length: count }, (_, line) => {
    const id = before[line]?.id;
    const flight = id === undefined ? undefined : waiting.get(id);
    if (flight !== undefined) waiting.delete(flight.id);
    return flight ?? null;
  });
  const rest = waiting.values();
  return kept.map((flight) => flight ?? rest.next().value ?? null);
}

/** Draws the whole: one bar over all transfers, then one line for each part in flight. */
export function drawFrame(view: View, paint: ChalkInstance): string[] {
  const { progress, flights, columns } = view;
  const isSeveral = view.totals.transfers > 1;
  const labels = flights.map((flight) => (flight === null ? '' : labelPart(flight, isSeveral)));
  const whole = isSeveral ? describeFiles(view.totals) : labelWhole(progress);
  const labelWidth = Math.min(Math.floor(columns / 3), Math.max(...[whole, ...labels].map(widthOf)));
  const draw = (label: string, fraction: number | null, words: string[], isLoud: boolean): string =>
    drawLine({ label, labelWidth, fraction, words, columns, isLoud }, paint);
  return [
    draw(whole, fractionOf(view.totals), describeWhole(view), progress.away !== null),
    ...flights.map((flight, line) => {
      if (flight === null) return '';
      const { bytes, size, attempt, waiting } = flight.part;
      return draw(
        labels[line] ?? '',
        size === 0 ? 0 : bytes / size,
        describePart(flight.part),
        waiting || attempt > 1,
      );
    }),
  ];
}

function labelWhole({ live }: Progress): string {
  const [transfer] = live.values();
  return transfer === undefined ? '' : `${transfer.direction} ${shortName(transfer)}`;
}

function labelPart({ part, transfer }: Flight, isSeveral: boolean): string {
  const label = `part ${part.number}`;
  if (!isSeveral) return `  ${label}`;
  // Of a small file the name alone tells it; of a large one the number must not be cut off with the name.
  return transfer.parts === 1 ? `  ${shortName(transfer)}` : `  ${label} ${shortName(transfer)}`;
}

function fractionOf({ percent, bytes, size }: Totals): number | null {
  if (percent === null || size === null) return null;
  return percent === 100 ? 1 : size === 0 ? 0 : bytes / size;
}

function describeWhole({ progress, totals, samples, flights }: View): string[] {
  const percent = totals.percent === null ? [] : [`${totals.percent}%`.padStart(4)];
  const hidden = totals.partsInFlight - flights.filter((flight) => flight !== null).length;
  const more = hidden > 0 ? [`${formatCount(hidden)} more parts`] : [];
  const live = [...progress.live.values()];
  const isCompleting = live.length > 0 && live.every(({ state }) => state === 'completing');
  const pace =
    isCompleting && progress.away === null ? ['completing'] : describePace(progress, totals, samples);
  return [...percent, describeBytes(totals), ...pace, ...more];
}

function describePart({ bytes, size, attempt, waiting }: ActivePart): string[] {
  const percent = size === 0 ? 0 : Math.floor((bytes / size) * 100);
  const amount = [`${percent}%`.padStart(4), describeBytes({ bytes, size })];
  if (waiting) return [...amount, `waiting for attempt ${attempt + 1}`];
  return attempt > 1 ? [...amount, `attempt ${attempt}`] : amount;
}

type Line = {
  readonly label: string;
  readonly labelWidth: number;
  /** `null` draws no bar. */
  readonly fraction: number | null;
  readonly words: readonly string[];
  readonly columns: number;
  readonly isLoud: boolean;
};

/** What has no room gives way in this order: the bar, then the last words. */
function drawLine(
  { label, labelWidth, fraction, words, columns, isLoud }: Line,
  paint: ChalkInstance,
): string {
  const head = padText(cutText(label, labelWidth), labelWidth);
  const tail = words.join('  ');
  // Every bar of a frame is as long as if its words took half of the line, so that they stand in a column.
  const room = columns - labelWidth - 4 - Math.max(widthOf(tail), Math.floor(columns / 2));
  const length = Math.min(LONGEST_BAR, room);
  const rest = columns - labelWidth - 2;
  const colour = isLoud ? paint.yellow : paint.cyan;
  if (fraction === null || length < SHORTEST_BAR) return `${head}  ${cutText(tail, rest)}`;
  return `${head}  ${colour(drawBar(fraction, length))}  ${cutText(tail, rest - length - 2)}`;
}

/** Plain ASCII: a terminal in the C locale shows it too. */
function drawBar(fraction: number, length: number): string {
  const inner = length - 2;
  const full = Math.floor(Math.min(1, Math.max(0, fraction)) * inner);
  return `[${'='.repeat(full)}${'-'.repeat(inner - full)}]`;
}
